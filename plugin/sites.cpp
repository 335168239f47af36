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
  Function *Enter = addAnnouncement(CALLTAP_SYMBOL_ENTER, "__calltap_constructor_v3");
  Function *Leave = addAnnouncement(CALLTAP_SYMBOL_LEAVE, "__calltap_destructor_v3");
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

// Everything that a descriptor says, for its name.
static std::string contentHash(const Description &Info, const std::string &Unit, ArrayRef<std::string> Types,
                               const std::vector<Place> &Places, const Place &Result) {
  MD5 Hash;
  auto Add = [&Hash](StringRef Text) {
    Hash.update(Text);
    Hash.update(StringRef("\0", 1));
  };
  auto AddPlace = [&Add](const Place &P) {
    Add(std::to_string(P.Where[0]) + "/" + std::to_string(P.Where[1]) + "/" + std::to_string(P.Slot));
  };
  for (const std::string *Text : {&Info.Module, &Info.Name, &Info.File, &Info.Symbol, &Unit})
    Add(*Text);
  for (const std::string &Text : Types)
    Add(Text);
  Add(std::to_string(Info.Line) + "/" + std::to_string(Info.Flags));
  AddPlace(Result);
  for (size_t I = 0; I < Info.Parameters.size(); ++I) {
    Add(Info.Parameters[I].Name);
    AddPlace(Places[I]);
  }
  MD5::MD5Result Sum;
  Hash.final(Sum);
  return Sum.digest().str().str();
}

GlobalVariable *SiteWriter::unit() {
  if (!Unit)
    Unit = reserve(M, 1, GlobalValue::PrivateLinkage, "calltap.unit");
  return Unit;
}

void SiteWriter::finish() {
  if (!Unit)
    return;
  Unit->setDSOLocal(true);
  Unit->setSection(CALLTAP_SECTION_FUNCTIONS);
  Unit->setAlignment(Align(8));
  Layout L(Unit, M.getContext());
  L.u32(Types.definitions().size());
  for (const auto &[Name, Text] : Types.definitions())
    L.distance(string(Text));
  Unit = fill(Unit, L);
}

// Where the descriptor lives, and under which name. Null: this very one is there already.
GlobalVariable *SiteWriter::place(const Function &F, const std::string &Hash) {
  GlobalVariable *GV = nullptr;
  if (Shared) {
    // Named by its contents, so that equal ones merge and different ones never do.
    std::string Name = "__calltap_function_v3." + Hash;
    if (M.getGlobalVariable(Name))
      return nullptr;
    GV = reserve(M, 1, GlobalValue::LinkOnceODRLinkage, Name);
    GV->setVisibility(GlobalValue::HiddenVisibility);
    GV->setComdat(M.getOrInsertComdat(Name));
  } else {
    GV = reserve(M, 1, GlobalValue::PrivateLinkage, "calltap.function");
    if (const Comdat *C = F.getComdat())
      GV->setComdat(const_cast<Comdat *>(C)); // the linker keeps both from one object, or neither
  }
  GV->setDSOLocal(true);
  GV->setSection(CALLTAP_SECTION_FUNCTIONS);
  GV->setAlignment(Align(8));
  return GV;
}

Constant *SiteWriter::descriptor(const Function &F, const Description &Info, const std::vector<Place> &Places,
                                 const Place &Result) {
  size_t Count = std::min<size_t>(Info.Parameters.size(), CALLTAP_MAX_PARAMETERS);
  std::vector<std::string> Texts;
  for (size_t I = 0; I < Count; ++I)
    Texts.push_back(Types.text(*Info.Ctx, Info.Parameters[I].Type));
  Texts.push_back(Types.text(*Info.Ctx, Info.Result.Type));
  std::string Hash = Shared ? contentHash(Info, M.getModuleIdentifier(), Texts, Places, Result) : "";
  GlobalVariable *GV = place(F, Hash);
  if (!GV)
    return M.getGlobalVariable("__calltap_function_v3." + Hash);

  Layout L(GV, M.getContext());
  auto AddValue = [&](const ValueInfo &V, const std::string &Text, const Place &P) {
    L.distance(string(V.Name));
    L.distance(string(Text));
    L.u8(P.Where[0]);
    L.u8(P.Where[1]);
    L.u16(P.Slot);
  };
  L.u16(sizeof(calltap_function) + Count * sizeof(calltap_value));
  L.u8(Info.Flags | (Shared ? CALLTAP_FUNCTION_SHARED : 0));
  L.u8(0);
  L.u16(Info.Arity);
  L.u16(Count);
  L.u32(Info.Line);
  for (const std::string *Text : {&Info.Module, &Info.Name, &Info.File})
    L.distance(string(*Text));
  L.distance(unit());
  AddValue(Info.Result, Texts.back(), Result);
  for (size_t I = 0; I < Count; ++I)
    AddValue(Info.Parameters[I], Texts[I], Places[I]);
  return fill(GV, L);
}

static const char *registerOf(calltap_place Where) {
  static const char *const Names[] = {"{rdi}",  "{rsi}",  "{rdx}",  "{rcx}",  "{r8}",   "{r9}",
                                      "{rax}",  nullptr,  "{xmm0}", "{xmm1}", "{xmm2}", "{xmm3}",
                                      "{xmm4}", "{xmm5}", "{xmm6}", "{xmm7}", "{st}",   "{st(1)}"};
  return Names[Where];
}

static std::string entryText(const std::string &Descriptor, calltap_site_kind Kind) {
  return ".long .Lct_site${:uid}-.\n"
         ".long " +
         Descriptor + "+" + std::to_string(Kind) + "-.\n";
}

// The instruction, and its entry in the table. The label of the entry's link order stands at the site itself: so
// the entry follows whatever section the site ends up in. Frame: the operand, if there is one, at which the return address
// stands. Callee: the operand, if there is one, that is the descriptor of the function that is called.
static std::string siteText(calltap_site_kind Kind, unsigned FirstOperand, int Frame, int Callee = -1) {
  auto Operand = [](unsigned Number) { return "${" + std::to_string(Number) + ":c}"; };
  std::string Trampoline = Operand(FirstOperand), Descriptor = Operand(FirstOperand + 1);
  std::string Code, Called;
  if (Frame >= 0)
    Code = ".Lct_frame${:uid}:\nleaq $" + std::to_string(Frame) + ", %rax\n.skip 8-(.-.Lct_frame${:uid})\n";
  if (Callee >= 0)
    Called = entryText(Operand(Callee), CALLTAP_SITE_CALLEE);
  return ".Lct_site${:uid}:\n"
         ".byte " +
         std::to_string(CALLTAP_SITE_OFF) + "\n.long " + Trampoline +
         "-.-4\n"
         ".pushsection " CALLTAP_SECTION_SITES ",\"ao?\",@progbits,.Lct_site${:uid}\n"
         ".balign 4\n" +
         Called + entryText(Descriptor, Frame >= 0 ? CALLTAP_SITE_ENTRY_FRAME : Kind) + Code + ".popsection";
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
  // MemorySanitizer would check the operands, and abort a valid program.
  Call->setMetadata(M.getMDKindID("nosanitize"), MDNode::get(M.getContext(), {}));
  return Call;
}

// Whether the runtime may read, through what it finds at the site, memory that belongs to the function or to one that it is inlined
// into: what was written there must then be there. (Calls are seen by everybody, so what a caller left is.)
static bool readsMemory(ArrayRef<Place> Operands, bool MayBeInlined) {
  auto IsPointer = [](const Pin &P) { return P.Value->getType()->isPointerTy(); };
  if (MayBeInlined && any_of(Operands, [&](const Place &P) { return any_of(P.Pins, IsPointer); }))
    return true;
  return any_of(Operands, [](const Place &P) {
    return P.isOnStack() || (P.Where[0] < CALLTAP_PLACE_NONE && P.Where[0] & CALLTAP_PLACE_INDIRECT);
  });
}

void SiteWriter::insert(Instruction *Before, const DebugLoc &Loc, calltap_site_kind Kind, Constant *Descriptor,
                        ArrayRef<Place> Operands) {
  IRBuilder<> B(Before);
  B.SetCurrentDebugLocation(Loc);
  std::vector<Value *> Values = {trampoline(), Descriptor};
  std::string Constraints = "i,i";
  for (const Place &P : Operands)
    for (const Pin &One : P.Pins) {
      Values.push_back(One.Value);
      Constraints += std::string(",") + registerOf(One.Register);
    }
  bool HasFrame = any_of(Operands, [](const Place &P) { return P.isOnStack(); });
  int Frame = HasFrame ? static_cast<int>(Values.size()) : -1;
  if (HasFrame) {
    Values.push_back(B.CreateIntrinsic(Intrinsic::addressofreturnaddress, {B.getInt8Ty()->getPointerTo()}, {}));
    Constraints += ",*m";
  }
  CallInst *Call = emit(B, B.getVoidTy(), siteText(Kind, 0, Frame), Constraints + ",~{flags}", Values);
  if (HasFrame)
    Call->addParamAttr(Frame, Attribute::get(M.getContext(), Attribute::ElementType, B.getInt8Ty()));
  if (!readsMemory(Operands, Shared))
    Call->setOnlyAccessesInaccessibleMemory();
}

void SiteWriter::insertTail(CallInst *Before, Constant *Descriptor, Constant *Callee) {
  if (!Callee)
    return insert(Before, Before->getDebugLoc(), CALLTAP_SITE_TAIL, Descriptor, {});
  IRBuilder<> B(Before);
  B.SetCurrentDebugLocation(Before->getDebugLoc());
  CallInst *Site = emit(B, B.getVoidTy(), siteText(CALLTAP_SITE_TAIL, 0, -1, 2), "i,i,i,~{flags}",
                        {trampoline(), Descriptor, Callee});
  Site->setOnlyAccessesInaccessibleMemory();
}

void SiteWriter::insertConstantReturn(ReturnInst *Return, Constant *Descriptor, const Pin &Result) {
  IRBuilder<> B(Return);
  B.SetCurrentDebugLocation(Return->getDebugLoc());
  std::string Register = registerOf(Result.Register);
  CallInst *Out = emit(B, Result.Value->getType(), siteText(CALLTAP_SITE_RETURN, 1, -1),
                       "=" + Register + ",i,i,0,~{flags}", {trampoline(), Descriptor, Result.Value});
  Out->setOnlyAccessesInaccessibleMemory();
  Return->setOperand(0, Out);
}

} // namespace calltap
