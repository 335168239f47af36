// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// The back half. The first pass runs before any optimisation and writes onto every function and argument which
// declaration it comes from; optimisations that clone functions or drop arguments keep or drop those marks. The
// second runs after all optimisations and puts in the sites, as these lines would:
//
//   int add(int a, int b) {
//     asm volatile("test $(trampoline - .), %eax" :: "rdi"(a), "rsi"(b) : "flags");
//     int result = a * b + 7;
//     asm volatile("test $(trampoline - .), %eax" :: "rax"(result) : "flags");
//     return result;
//   }
#include "compilation.h"
#include "sites.h"
#include "tail.h"
#include "llvm/IR/Constants.h"
#include "llvm/IR/DebugInfoMetadata.h"
#include "llvm/Transforms/Utils/ModuleUtils.h"

using namespace llvm;

namespace calltap {

static const char *const FunctionMark = "calltap";      // "NUMBER SYMBOL"
static const char *const ArgumentMark = "calltap";      // "INDEX" among the parameters
static const char *const MarkedMark = "calltap-marked"; // "COUNT" of the parameters that were looked at

// ---- before optimisation ----------------------------------------------------------------------------------

static int numberOfAnnotation(const Constant *Entry) {
  const auto *Text = dyn_cast<GlobalVariable>(Entry->getOperand(1)->stripPointerCasts());
  const auto *Data = Text ? dyn_cast_or_null<ConstantDataArray>(Text->getInitializer()) : nullptr;
  if (!Data || !Data->isCString())
    return -1;
  StringRef Digits = Data->getAsCString();
  int Number;
  return Digits.consume_front(Mark) && !Digits.getAsInteger(10, Number) ? Number : -1;
}

// Takes our annotations out of llvm.global.annotations, leaving the user's own.
static std::vector<std::pair<Function *, int>> takeAnnotations(Module &M) {
  std::vector<std::pair<Function *, int>> Ours;
  GlobalVariable *All = M.getGlobalVariable("llvm.global.annotations");
  auto *Entries = All ? dyn_cast<ConstantArray>(All->getInitializer()) : nullptr;
  if (!Entries)
    return Ours;
  std::vector<Constant *> Others;
  for (const Use &U : Entries->operands()) {
    auto *Entry = cast<Constant>(U.get());
    int Number = numberOfAnnotation(Entry);
    auto *F = dyn_cast<Function>(Entry->getOperand(0)->stripPointerCasts());
    if (Number < 0)
      Others.push_back(Entry);
    else if (F)
      Ours.push_back({F, Number});
  }
  auto *T = ArrayType::get(Entries->getType()->getElementType(), Others.size());
  if (!Others.empty()) {
    auto *Rest = new GlobalVariable(M, T, All->isConstant(), All->getLinkage(), ConstantArray::get(T, Others));
    Rest->copyAttributesFrom(All);
    Rest->takeName(All);
  }
  All->eraseFromParent();
  for (GlobalVariable &GV : make_early_inc_range(M.globals())) {
    GV.removeDeadConstantUsers();
    if (GV.hasPrivateLinkage() && GV.getSection() == "llvm.metadata" && GV.use_empty())
      GV.eraseFromParent();
  }
  return Ours;
}

// Whether the IR argument can be what carries the parameter, by its type.
static bool carries(const Argument &A, const ValueInfo &V) {
  if (A.hasByValAttr() || A.hasNestAttr())
    return false;
  Type *T = A.getType();
  return V.Bits ? (T->isPointerTy() ? V.Bits == 64 : T->isIntegerTy(V.Bits)) : T->isFloatingPointTy();
}

// Marks the arguments as long as source and IR go side by side: up to the first parameter that may take no IR
// argument or several. Returns how many parameters that were.
static size_t markArguments(Function &F, const Description &Info) {
  auto A = F.arg_begin();
  if (A != F.arg_end() && A->hasStructRetAttr())
    ++A;
  size_t I = 0;
  for (; I < Info.Parameters.size() && A != F.arg_end(); ++I, ++A) {
    const ValueInfo &V = Info.Parameters[I];
    if (!V.Direct || !carries(*A, V) || (I && Info.OpaqueTail))
      break;
    if (V.Bits)
      A->addAttr(Attribute::get(F.getContext(), ArgumentMark, std::to_string(I)));
  }
  return I;
}

static void markFunction(Compilation &C, Function &F, int Number) {
  if (F.isDeclaration())
    return;
  const Description *Info = C.describeNumber(static_cast<unsigned>(Number), F.getName().str());
  if (!Info)
    return;
  F.addFnAttr(FunctionMark, std::to_string(Number) + " " + F.getName().str());
  F.addFnAttr(MarkedMark, std::to_string(markArguments(F, *Info)));
}

static void markAll(Compilation &C, Module &M) {
  for (auto [F, Number] : takeAnnotations(M))
    markFunction(C, *F, Number);
  for (Function &F : M) {
    if (F.isDeclaration() || F.hasFnAttribute(FunctionMark))
      continue;
    int Number = C.findBySymbol(F.getName().str());
    if (Number >= 0)
      markFunction(C, F, Number);
  }
}

// A site pushes a return address: nobody may keep data below the stack pointer, not even functions
// without sites, into which others may be inlined.
static void forbidRedZone(Module &M) {
  for (Function &F : M)
    if (!F.isDeclaration())
      F.addFnAttr(Attribute::NoRedZone);
}

// ---- after optimisation -----------------------------------------------------------------------------------

struct Marked {
  Function *F;
  const Description *Info;
};

// Bodies that the compiler split off a function carry its mark but are not it.
static bool isPart(StringRef Suffix) {
  for (const char *Part : {".cold", ".resume", ".destroy", ".cleanup", ".part", ".outlined"})
    if (Suffix.consume_front(Part))
      return true;
  return false;
}

static Marked findMarked(Compilation &C, Function &F) {
  if (F.isDeclaration() || F.hasAvailableExternallyLinkage() || !F.hasFnAttribute(FunctionMark))
    return {&F, nullptr};
  auto [Number, Symbol] = F.getFnAttribute(FunctionMark).getValueAsString().split(' ');
  StringRef Name = F.getName();
  if (F.hasFnAttribute(Attribute::Naked) || (Name.consume_front(Symbol) && isPart(Name)))
    return {&F, nullptr};
  unsigned N = 0;
  Number.getAsInteger(10, N);
  return {&F, C.describeNumber(N, Symbol.str())};
}

static bool usesUsualRegisters(const Function &F) {
  return F.getCallingConv() == CallingConv::C || F.getCallingConv() == CallingConv::Fast;
}

static unsigned integerRegisters(const Argument &A) {
  if (A.hasByValAttr() || A.hasNestAttr())
    return 0;
  Type *T = A.getType();
  if (T->isPointerTy())
    return 1;
  return T->isIntegerTy() ? (T->getIntegerBitWidth() + 63) / 64 : 0;
}

// Where each parameter stands at the entry. An argument that lost all its uses may have been dropped or replaced at every
// caller, so its register holds nothing that can be trusted.
static std::vector<Place> argumentPlaces(Function &F, const Description &Info) {
  std::vector<Place> Places(Info.Parameters.size());
  size_t Looked = 0;
  F.getFnAttribute(MarkedMark).getValueAsString().getAsInteger(10, Looked);
  for (size_t I = 0; I < Looked; ++I)
    if (Info.Parameters[I].Bits)
      Places[I].Where = CALLTAP_PLACE_OPTIMIZED_OUT; // unless an argument still carries its mark
  bool Usual = usesUsualRegisters(F);
  unsigned Register = 0;
  for (Argument &A : F.args()) {
    unsigned First = Register;
    Register += integerRegisters(A);
    Attribute Index = F.getAttributes().getParamAttr(A.getArgNo(), ArgumentMark);
    size_t I;
    if (!Index.isValid() || Index.getValueAsString().getAsInteger(10, I))
      continue;
    if (A.use_empty())
      Places[I].Where = CALLTAP_PLACE_OPTIMIZED_OUT;
    else if (Usual && First <= CALLTAP_PLACE_R9)
      Places[I] = {static_cast<calltap_place>(First), &A};
    else
      Places[I] = {};
  }
  return Places;
}

static std::vector<ReturnInst *> returnsOf(Function &F) {
  std::vector<ReturnInst *> Returns;
  for (BasicBlock &BB : F)
    if (auto *Return = dyn_cast<ReturnInst>(BB.getTerminator()))
      Returns.push_back(Return);
  return Returns;
}

// Where the result stands. A result that nobody uses, or that is constant, is taken out by the
// optimiser: the function then returns nothing, or an undefined value.
static calltap_place resultPlace(Function &F, const Description &Info, const std::vector<ReturnInst *> &Returns) {
  if (!Info.Result.Bits || !usesUsualRegisters(F))
    return CALLTAP_PLACE_NOT_CAPTURED;
  Type *T = F.getReturnType();
  bool Same = T->isPointerTy() ? Info.Result.Bits == 64 : T->isIntegerTy(Info.Result.Bits);
  if (!Same)
    return T->isVoidTy() ? CALLTAP_PLACE_OPTIMIZED_OUT : CALLTAP_PLACE_NOT_CAPTURED;
  for (ReturnInst *Return : Returns)
    if (isa<UndefValue>(Return->getReturnValue()))
      return CALLTAP_PLACE_OPTIMIZED_OUT;
  return CALLTAP_PLACE_RAX;
}

static DebugLoc entryLocation(const Function &F) {
  DISubprogram *SP = F.getSubprogram();
  return SP ? DebugLoc(DILocation::get(F.getContext(), SP->getScopeLine(), 0, SP)) : DebugLoc();
}

static Instruction *entryPoint(Function &F) {
  BasicBlock::iterator I = F.getEntryBlock().getFirstInsertionPt();
  while (isa<AllocaInst>(*I) || isa<DbgInfoIntrinsic>(*I))
    ++I;
  return &*I;
}

static bool passesConstant(const ReturnInst &Return) {
  const Value *Result = Return.getReturnValue();
  return isa<Constant>(Result) && !Result->getType()->isIntegerTy(1);
}

// ConstantsMayHide: no optimisation comes after us that would want to see that a result is constant.
static void instrument(SiteWriter &Sites, const Marked &Found, bool ConstantsMayHide) {
  Function &F = *Found.F;
  spreadReturns(F);
  std::vector<ReturnInst *> Returns = returnsOf(F);
  std::vector<Place> Places = argumentPlaces(F, *Found.Info);
  calltap_place Result = resultPlace(F, *Found.Info, Returns);
  Constant *Descriptor = Sites.descriptor(F, *Found.Info, Places, Result);
  for (ReturnInst *Return : Returns) {
    if (CallInst *Call = tailCallOf(*Return)) {
      Sites.insert(Call, Call->getDebugLoc(), CALLTAP_SITE_TAIL, Descriptor, {});
      continue;
    }
    if (Result != CALLTAP_PLACE_RAX)
      Sites.insert(Return, Return->getDebugLoc(), CALLTAP_SITE_RETURN, Descriptor, {});
    else if (passesConstant(*Return) && ConstantsMayHide)
      Sites.insertConstantReturn(Return, Descriptor);
    else
      Sites.insert(Return, Return->getDebugLoc(), CALLTAP_SITE_RETURN, Descriptor,
                   Place{Result, Return->getReturnValue()});
  }
  Sites.insert(entryPoint(F), entryLocation(F), CALLTAP_SITE_ENTRY, Descriptor, Places);
}

static std::string asciz(StringRef Text) {
  std::string Out = ".asciz \"";
  for (unsigned char Ch : Text) {
    if (Ch >= ' ' && Ch != '"' && Ch != '\\') {
      Out += static_cast<char>(Ch);
      continue;
    }
    Out += {'\\', static_cast<char>('0' + (Ch >> 6)), static_cast<char>('0' + (Ch >> 3 & 7)),
            static_cast<char>('0' + (Ch & 7))};
  }
  return Out + "\"\n";
}

// Names of functions that have no body left, in a section that is not loaded: `list` and every "no
// such function" can then say that it was inlined away.
static void recordInlined(Module &M, const std::vector<const Description *> &Gone) {
  std::string Text = ".pushsection " CALLTAP_SECTION_INLINED ",\"\",@progbits\n";
  for (const Description *Info : Gone)
    for (const std::string &Field :
         {Info->Module, Info->Name, std::to_string(Info->Arity), Info->File, std::to_string(Info->Line)})
      Text += asciz(Field);
  if (!Gone.empty())
    M.appendModuleInlineAsm(Text + ".popsection");
}

// ---- the passes -------------------------------------------------------------------------------------------

// Functions that were there before optimisation, by symbol, to find those that are not there after.
using Known = std::vector<std::pair<std::string, unsigned>>;

static Known knownFunctions(Module &M) {
  Known Out;
  for (Function &F : M) {
    if (F.isDeclaration() || F.hasAvailableExternallyLinkage() || !F.hasFnAttribute(FunctionMark))
      continue;
    unsigned Number = 0;
    F.getFnAttribute(FunctionMark).getValueAsString().split(' ').first.getAsInteger(10, Number);
    Out.push_back({F.getName().str(), Number});
  }
  return Out;
}

static void instrumentAll(Compilation &C, Module &M, const Known &Before) {
  forbidRedZone(M);
  SiteWriter Sites(M, C.Lto || C.Opts.Inlined, C.Lto);
  std::vector<Marked> Found;
  for (Function &F : M)
    if (Marked Candidate = findMarked(C, F); Candidate.Info)
      Found.push_back(Candidate);
  for (const Marked &One : Found)
    instrument(Sites, One, !C.Lto && !C.Opts.Inlined);
  if (C.Lto)
    return; // nothing was inlined away yet
  std::vector<const Description *> Gone;
  for (const auto &[Symbol, Number] : Before) {
    Function *F = M.getFunction(Symbol);
    if (!F || F->isDeclaration())
      Gone.push_back(C.describeNumber(Number, Symbol));
  }
  recordInlined(M, Gone);
}

struct MarkPass : PassInfoMixin<MarkPass> {
  Compilation &C;
  Known &Before;
  MarkPass(Compilation &C, Known &Before) : C(C), Before(Before) {}
  static bool isRequired() { return true; } // also at -O0
  PreservedAnalyses run(Module &M, ModuleAnalysisManager &) {
    markAll(C, M);
    forbidRedZone(M);
    Before = knownFunctions(M);
    if (C.Opts.Inlined)
      instrumentAll(C, M, {});
    return PreservedAnalyses::none();
  }
};

struct InstrumentPass : PassInfoMixin<InstrumentPass> {
  Compilation &C;
  Known &Before;
  InstrumentPass(Compilation &C, Known &Before) : C(C), Before(Before) {}
  static bool isRequired() { return true; }
  PreservedAnalyses run(Module &M, ModuleAnalysisManager &) {
    forbidRedZone(M);
    if (!C.Opts.Inlined)
      instrumentAll(C, M, Before);
    return PreservedAnalyses::none();
  }
};

void registerPasses(PassBuilder &PB, Compilation &C) {
  auto Before = std::make_shared<Known>();
  PB.registerPipelineStartEPCallback(
      [&C, Before](ModulePassManager &MPM, auto &&...) { MPM.addPass(MarkPass(C, *Before)); });
  PB.registerOptimizerLastEPCallback(
      [&C, Before](ModulePassManager &MPM, auto &&...) { MPM.addPass(InstrumentPass(C, *Before)); });
}

} // namespace calltap
