// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "sites.h"
#include "llvm/IR/Constants.h"
#include "llvm/IR/InlineAsm.h"
#include "llvm/Support/MD5.h"
#include "llvm/Transforms/Utils/ModuleUtils.h"

using namespace llvm;

namespace calltap {

// Builds a packed constant whose fields may be distances from themselves.
class Layout {
public:
  Layout(GlobalVariable *Self, LLVMContext &Ctx) : Self(Self), Ctx(Ctx) {}

  void u8(uint64_t V) { add(ConstantInt::get(Type::getInt8Ty(Ctx), V), 1); }
  void u16(uint64_t V) { add(ConstantInt::get(Type::getInt16Ty(Ctx), V), 2); }
  void u32(uint64_t V) { add(ConstantInt::get(Type::getInt32Ty(Ctx), V), 4); }
  void text(StringRef S) { add(ConstantDataArray::getString(Ctx, S), S.size() + 1); }

  void distance(Constant *To) {
    if (!To)
      return u32(0);
    // In this form LLVM sees that no dynamic relocation is needed, and keeps the section read-only.
    Type *I64 = Type::getInt64Ty(Ctx), *I8 = Type::getInt8Ty(Ctx);
    Constant *Start = ConstantExpr::getPointerCast(Self, I8->getPointerTo());
    Constant *Here = ConstantExpr::getInBoundsGetElementPtr(I8, Start, ConstantInt::get(I64, Offset));
    Constant *Bytes = ConstantExpr::getSub(ConstantExpr::getPtrToInt(To, I64), ConstantExpr::getPtrToInt(Here, I64));
    add(ConstantExpr::getTrunc(Bytes, Type::getInt32Ty(Ctx)), 4);
  }

  Constant *finish() const { return ConstantStruct::getAnon(Ctx, Fields, /*Packed=*/true); }

private:
  void add(Constant *C, uint64_t Bytes) {
    Fields.push_back(C);
    Offset += Bytes;
  }

  GlobalVariable *Self;
  LLVMContext &Ctx;
  uint64_t Offset = 0;
  std::vector<Constant *> Fields;
};

// A packed type of that many bytes to give the variable before its contents are known: distances
// name the variable itself.
static GlobalVariable *reserve(Module &M, uint64_t Bytes, GlobalValue::LinkageTypes Linkage, const Twine &Name) {
  auto *T = ArrayType::get(Type::getInt8Ty(M.getContext()), Bytes);
  return new GlobalVariable(M, T, /*isConstant=*/true, Linkage, nullptr, Name);
}

// Replaces a reserved variable by one of the layout's own type.
static GlobalVariable *fill(GlobalVariable *Reserved, const Layout &L) {
  Constant *Contents = L.finish();
  auto *GV = new GlobalVariable(*Reserved->getParent(), Contents->getType(), true, Reserved->getLinkage(), nullptr);
  GV->takeName(Reserved);
  GV->copyAttributesFrom(Reserved);
  GV->setComdat(Reserved->getComdat());
  Constant *As = ConstantExpr::getPointerCast(GV, Reserved->getType());
  GV->setInitializer(Contents);
  Reserved->replaceAllUsesWith(As);
  Reserved->eraseFromParent();
  return GV;
}

static void joinObjectGroup(GlobalObject *GO) {
  GO->setVisibility(GlobalValue::HiddenVisibility);
  GO->setDSOLocal(true);
  GO->setComdat(GO->getParent()->getOrInsertComdat(CALLTAP_GROUP));
}

Constant *SiteWriter::string(const std::string &Text) {
  if (Text.empty())
    return nullptr;
  Constant *&Known = Strings[Text];
  if (Known)
    return Known;
  Constant *Data = ConstantDataArray::getString(M.getContext(), Text);
  auto *GV = new GlobalVariable(M, Data->getType(), true, GlobalValue::PrivateLinkage, Data, "calltap.string");
  GV->setUnnamedAddr(GlobalValue::UnnamedAddr::Global);
  GV->setSection(CALLTAP_SECTION_STRINGS);
  GV->setAlignment(Align(1));
  return Known = GV;
}

GlobalVariable *SiteWriter::slot() {
  if (Slot)
    return Slot;
  auto *T = ArrayType::get(Type::getInt64Ty(M.getContext()), sizeof(calltap_slot) / 8);
  Slot = new GlobalVariable(M, T, false, GlobalValue::LinkOnceODRLinkage, ConstantAggregateZero::get(T),
                            CALLTAP_SYMBOL_SLOT);
  Slot->setAlignment(Align(8));
  joinObjectGroup(Slot);
  return Slot;
}

// The jump, and one empty entry: it keeps the bounds of the table defined when every function of
// the program was collected as garbage.
static const char *const TrampolineText = "jmpq *${0:c}(%rip)\n"
                                          ".Lct_site${:uid}:\n"
                                          ".pushsection " CALLTAP_SECTION_SITES ",\"ao?\",@progbits,.Lct_site${:uid}\n"
                                          ".balign 4\n.quad 0\n"
                                          ".popsection";

constexpr int AnnouncementPriority = 1;

Function *SiteWriter::trampoline() {
  if (Trampoline)
    return Trampoline;
  LLVMContext &Ctx = M.getContext();
  auto *T = FunctionType::get(Type::getVoidTy(Ctx), false);
  Trampoline = Function::Create(T, GlobalValue::LinkOnceODRLinkage, CALLTAP_SYMBOL_TRAMPOLINE, M);
  joinObjectGroup(Trampoline);
  for (auto Kind : {Attribute::Naked, Attribute::NoInline, Attribute::NoUnwind, Attribute::NoRedZone})
    Trampoline->addFnAttr(Kind);
  IRBuilder<> B(BasicBlock::Create(Ctx, "", Trampoline));
  auto *AsmType = FunctionType::get(B.getVoidTy(), {slot()->getType()}, false);
  B.CreateCall(InlineAsm::get(AsmType, TrampolineText, "i", true), {slot()});
  B.CreateUnreachable();
  addNote();
  Function *Enter = addAnnouncement(CALLTAP_SYMBOL_ENTER, "__calltap_constructor_v1");
  Function *Leave = addAnnouncement(CALLTAP_SYMBOL_LEAVE, "__calltap_destructor_v1");
  // The first of all constructors and the last of all destructors, so that the program's own can be traced.
  appendToGlobalCtors(M, Enter, AnnouncementPriority, Enter);
  appendToGlobalDtors(M, Leave, AnnouncementPriority, Leave);
  appendToCompilerUsed(M, {Trampoline, Slot, Note});
  return Trampoline;
}

static Constant *tableBound(Module &M, const char *Name) {
  auto *GV = new GlobalVariable(M, Type::getInt8Ty(M.getContext()), true, GlobalValue::ExternalLinkage, nullptr, Name);
  GV->setVisibility(GlobalValue::HiddenVisibility);
  GV->setDSOLocal(true);
  return GV;
}

void SiteWriter::addNote() {
  GlobalVariable *GV = reserve(M, 1, GlobalValue::LinkOnceODRLinkage, CALLTAP_SYMBOL_NOTE);
  joinObjectGroup(GV);
  GV->setSection(".note.calltap");
  GV->setAlignment(Align(4));
  Layout L(GV, M.getContext());
  L.u32(sizeof CALLTAP_NOTE_OWNER);
  L.u32(sizeof(calltap_note));
  L.u32(CALLTAP_ABI);
  L.text(CALLTAP_NOTE_OWNER);
  L.u32(CALLTAP_ABI);
  L.distance(tableBound(M, "__start_" CALLTAP_SECTION_SITES));
  L.distance(tableBound(M, "__stop_" CALLTAP_SECTION_SITES));
  L.distance(Trampoline);
  L.distance(Slot);
  Note = fill(GV, L);
}

// A constructor or destructor that tells the runtime, if there is one, of an object that was loaded
// or is about to go.
Function *SiteWriter::addAnnouncement(const char *Hook, const char *Name) {
  LLVMContext &Ctx = M.getContext();
  auto *T = FunctionType::get(Type::getVoidTy(Ctx), false);
  Function *F = Function::Create(T, GlobalValue::LinkOnceODRLinkage, Name, M);
  joinObjectGroup(F);
  F->addFnAttr(Attribute::NoRedZone);
  auto *HookType = FunctionType::get(Type::getVoidTy(Ctx), {Note->getType()}, false);
  Function *Callee = Function::Create(HookType, GlobalValue::ExternalWeakLinkage, Hook, M);
  BasicBlock *Test = BasicBlock::Create(Ctx, "", F);
  BasicBlock *Call = BasicBlock::Create(Ctx, "", F);
  BasicBlock *End = BasicBlock::Create(Ctx, "", F);
  IRBuilder<> B(Test);
  B.CreateCondBr(B.CreateIsNull(Callee), End, Call);
  B.SetInsertPoint(Call);
  B.CreateCall(HookType, Callee, {Note});
  B.CreateBr(End);
  B.SetInsertPoint(End);
  B.CreateRetVoid();
  return F;
}

static std::string contentHash(const Description &Info, const std::vector<Place> &Places, calltap_place Result) {
  MD5 Hash;
  auto Add = [&Hash](const std::string &Text) {
    Hash.update(Text);
    Hash.update(StringRef("\0", 1));
  };
  for (const std::string *Text : {&Info.Module, &Info.Name, &Info.File, &Info.Symbol})
    Add(*Text);
  Add(std::to_string(Info.Line) + "/" + std::to_string(Info.Flags) + "/" + std::to_string(Result));
  for (size_t I = 0; I < Info.Parameters.size(); ++I) {
    const ValueInfo &V = Info.Parameters[I];
    Add(V.Name);
    Add(std::to_string(V.Kind) + "/" + std::to_string(V.Size) + "/" + std::to_string(Places[I].Where));
  }
  MD5::MD5Result Sum;
  Hash.final(Sum);
  return Sum.digest().str().str();
}

Constant *SiteWriter::descriptor(const Function &F, const Description &Info, const std::vector<Place> &Places,
                                 calltap_place Result) {
  GlobalVariable *GV = reserve(M, 1, GlobalValue::PrivateLinkage, "calltap.function");
  if (Shared) {
    // Named by its contents, so that equal ones merge and different ones never do.
    std::string Name = "__calltap_function_v1." + contentHash(Info, Places, Result);
    if (GlobalVariable *Known = M.getGlobalVariable(Name)) {
      GV->eraseFromParent();
      return Known;
    }
    GV->setName(Name);
    GV->setLinkage(GlobalValue::LinkOnceODRLinkage);
    GV->setVisibility(GlobalValue::HiddenVisibility);
    GV->setComdat(M.getOrInsertComdat(Name));
  } else if (const Comdat *C = F.getComdat()) {
    GV->setComdat(const_cast<Comdat *>(C)); // the linker keeps both from one object, or neither
  }
  GV->setDSOLocal(true);
  GV->setSection(CALLTAP_SECTION_FUNCTIONS);
  GV->setAlignment(Align(8));

  size_t Count = std::min<size_t>(Info.Parameters.size(), CALLTAP_MAX_PARAMETERS);
  Layout L(GV, M.getContext());
  auto AddValue = [&](const ValueInfo &V, calltap_place Where) {
    L.distance(string(V.Name));
    L.u8(V.Kind);
    L.u8(V.Size);
    L.u8(Where);
    L.u8(0);
  };
  L.u16(sizeof(calltap_function) + Count * sizeof(calltap_value));
  L.u8(Info.Flags);
  L.u8(0);
  L.u16(Info.Arity);
  L.u16(Count);
  L.u32(Info.Line);
  for (const std::string *Text : {&Info.Module, &Info.Name, &Info.File})
    L.distance(string(*Text));
  AddValue(Info.Result, Result);
  for (size_t I = 0; I < Count; ++I)
    AddValue(Info.Parameters[I], Places[I].Where);
  return fill(GV, L);
}

static const char *registerOf(calltap_place Where) {
  static const char *const Names[] = {"{rdi}", "{rsi}", "{rdx}", "{rcx}", "{r8}", "{r9}", "{rax}"};
  return Names[Where];
}

// The instruction, and its entry in the table. The label of the entry's link order stands at the site itself: so
// the entry follows whatever section the site ends up in.
static std::string siteText(calltap_site_kind Kind, unsigned FirstOperand) {
  std::string Trampoline = "${" + std::to_string(FirstOperand) + ":c}";
  std::string Descriptor = "${" + std::to_string(FirstOperand + 1) + ":c}";
  return ".Lct_site${:uid}:\n"
         ".byte " +
         std::to_string(CALLTAP_SITE_OFF) + "\n.long " + Trampoline +
         "-.-4\n"
         ".pushsection " CALLTAP_SECTION_SITES ",\"ao?\",@progbits,.Lct_site${:uid}\n"
         ".balign 4\n"
         ".long .Lct_site${:uid}-.\n"
         ".long " +
         Descriptor + "+" + std::to_string(Kind) +
         "-.\n"
         ".popsection";
}

CallInst *SiteWriter::emit(IRBuilder<> &B, Type *Result, const std::string &Text, const std::string &Constraints,
                           ArrayRef<Value *> Values) {
  std::vector<Type *> Types;
  for (Value *V : Values)
    Types.push_back(V->getType());
  auto *T = FunctionType::get(Result, Types, false);
  // Where LTO may inline the site into a function that was compiled without the plugin, alignstack
  // keeps that function from using the red zone, which a call would overwrite.
  CallInst *Call = B.CreateCall(InlineAsm::get(T, Text, Constraints, true, /*isAlignStack=*/Lto), Values);
  Call->setDoesNotThrow();
  Call->setOnlyAccessesInaccessibleMemory();
  // MemorySanitizer would check the operands, and abort a valid program.
  Call->setMetadata(M.getMDKindID("nosanitize"), MDNode::get(M.getContext(), {}));
  return Call;
}

void SiteWriter::insert(Instruction *Before, const DebugLoc &Loc, calltap_site_kind Kind, Constant *Descriptor,
                        ArrayRef<Place> Operands) {
  IRBuilder<> B(Before);
  B.SetCurrentDebugLocation(Loc);
  std::vector<Value *> Values = {trampoline(), Descriptor};
  std::string Constraints = "i,i";
  for (const Place &P : Operands) {
    if (!P.Operand)
      continue;
    // A bool comes extended to a whole register by the calling convention; this costs no instruction.
    bool Bool = P.Operand->getType()->isIntegerTy(1);
    Values.push_back(Bool ? B.CreateZExt(P.Operand, B.getInt32Ty()) : P.Operand);
    Constraints += std::string(",") + registerOf(P.Where);
  }
  emit(B, B.getVoidTy(), siteText(Kind, 0), Constraints + ",~{flags}", Values);
}

void SiteWriter::insertConstantReturn(ReturnInst *Return, Constant *Descriptor) {
  IRBuilder<> B(Return);
  B.SetCurrentDebugLocation(Return->getDebugLoc());
  Value *Result = Return->getReturnValue();
  Value *Out = emit(B, Result->getType(), siteText(CALLTAP_SITE_RETURN, 1), "={rax},i,i,0,~{flags}",
                    {trampoline(), Descriptor, Result});
  Return->setOperand(0, Out);
}

} // namespace calltap
