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
#include "places.h"
#include "sites.h"
#include "tail.h"
#include "clang/AST/ASTContext.h"
#include "llvm/IR/Constants.h"
#include "llvm/IR/DebugInfoMetadata.h"
#include "llvm/Transforms/Utils/ModuleUtils.h"

using namespace llvm;

namespace calltap {

static const char *const FunctionMark = "calltap"; // "NUMBER SYMBOL"

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
  for (auto [F, Number] : Ours) // with typed pointers what is left of a cast looks as if the address were taken
    F->removeDeadConstantUsers();
  return Ours;
}

static void markFunction(Compilation &C, Function &F, int Number) {
  if (F.isDeclaration())
    return;
  const Description *Info = C.describeNumber(static_cast<unsigned>(Number), F.getName().str());
  if (!Info)
    return;
  F.addFnAttr(FunctionMark, std::to_string(Number) + " " + F.getName().str());
  markArguments(F, Info->How);
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

static std::vector<ReturnInst *> returnsOf(Function &F) {
  std::vector<ReturnInst *> Returns;
  for (BasicBlock &BB : F)
    if (auto *Return = dyn_cast<ReturnInst>(BB.getTerminator()))
      Returns.push_back(Return);
  return Returns;
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

// Not where the pin is wider than the result, as that of a bool is: what comes out of the site is returned.
static bool passesConstant(const Place &At, const Function &F) {
  return At.Pins.size() == 1 && isa<Constant>(At.Pins[0].Value) && At.Where[0] < CALLTAP_PLACE_ST0 &&
         At.Pins[0].Value->getType() == F.getReturnType();
}

static void hide(std::vector<Place> &Places, const Description &Info) {
  for (size_t I = 0; I < Places.size(); ++I)
    if (Info.Parameters[I].IsSensitive)
      Places[I] = Place(CALLTAP_PLACE_SENSITIVE);
}

// A function whose descriptor is there, and what will be told at its returns.
struct Described {
  Function *F;
  const Description *Info;
  std::vector<ReturnInst *> Returns;
  Instruction *Entry;
  std::vector<Place> Places;
  ResultPlaces Results;
  bool HidesResult;
  Constant *Descriptor;
};

using Descriptors = DenseMap<const Function *, const Described *>;

// Whether what such a function returns may be shown as what came out of the other. (An int is not an unsigned, though the bits are.)
static bool hasTypeOf(const Description &Callee, const Description &Caller) {
  clang::QualType Of = Callee.Result.Type, As = Caller.Result.Type;
  return Caller.Ctx->hasSameUnqualifiedType(Of, As) || (Of->isPointerType() && As->isPointerType());
}

// Whether what a tail call returns is what its caller returns in the source. It is not where the optimiser found that nobody uses the
// caller's result, or that everybody knows it: then the caller returns anything.
static bool returnsResultOf(const CallInst &Call, const ReturnInst &Return, const Described &Caller,
                            const Described &Callee) {
  if (Caller.Info->Result.Type->isVoidType())
    return true; // only how the call ended is told
  if (Caller.HidesResult || !hasTypeOf(*Callee.Info, *Caller.Info))
    return false;
  if (Caller.Info->How.Result.How == Passing::Address)
    return Caller.F->hasStructRetAttr() && Call.hasStructRetAttr() && Call.getArgOperand(0) == Caller.F->getArg(0);
  const Value *Result = Return.getReturnValue();
  return Result && Result->stripPointerCasts() == &Call;
}

// The descriptor of the function that a call calls, and no other: not one that the dynamic linker may replace. Null: it is not known, or
// returns something else than the caller. Nor may the linker take the descriptor away with the function's group, as another object has the
// same.
static Constant *calleeOf(const CallInst &Call, const ReturnInst &Return, const Described &Caller,
                          const Descriptors &Known, bool Shared) {
  const Function *Callee = Call.getCalledFunction();
  if (!Callee || !(Callee->hasLocalLinkage() || Callee->isDSOLocal()))
    return nullptr;
  bool StaysHere = Shared || !Callee->getComdat() || Callee->getComdat() == Caller.F->getComdat();
  const Described *Found = StaysHere ? Known.lookup(Callee) : nullptr;
  return Found && returnsResultOf(Call, Return, Caller, *Found) ? Found->Descriptor : nullptr;
}

static void instrumentReturns(SiteWriter &Sites, const Described &One, const Descriptors &Known, bool IsLast,
                              bool TailExact) {
  for (ReturnInst *Return : One.Returns) {
    CallInst *Call = tailCallOf(*Return);
    if (Call && (Call->isMustTailCall() || !TailExact)) {
      Sites.insertTail(Call, One.Descriptor, calleeOf(*Call, *Return, One, Known, !IsLast));
      continue;
    }
    Place Result = One.HidesResult ? Place(CALLTAP_PLACE_SENSITIVE) : One.Results.at(*Return);
    if (IsLast && passesConstant(Result, *One.F))
      Sites.insertConstantReturn(Return, One.Descriptor, Result.Pins[0]);
    else
      Sites.insert(Return, Return->getDebugLoc(), CALLTAP_SITE_RETURN, One.Descriptor, {Result});
  }
}

// A pad that does nothing but end the program: nobody gets further.
static bool onlyTerminates(const BasicBlock &Pad) {
  if (!isa<UnreachableInst>(Pad.getTerminator()))
    return false;
  return any_of(Pad, [](const Instruction &I) {
    const auto *Call = dyn_cast<CallInst>(&I);
    const Function *Callee = Call ? Call->getCalledFunction() : nullptr;
    return Callee && Callee->getName() == "__clang_call_terminate";
  });
}

// Where unwinding arrives, and where it goes on after a cleanup. (Without any cleanup what comes after the catches is not reached.)
static void instrumentUnwinding(SiteWriter &Sites, Function &F, Constant *Descriptor) {
  bool CleansUp = any_of(F, [](const BasicBlock &BB) {
    const LandingPadInst *Pad = BB.getLandingPadInst();
    return Pad && Pad->isCleanup();
  });
  auto Insert = [&](Instruction *Before, calltap_site_kind Kind, calltap_place Register, Value *From) {
    Place Exception(Register);
    Exception.Pins.push_back({Register, IRBuilder<>(Before).CreateExtractValue(From, 0)});
    Sites.insert(Before, Before->getDebugLoc(), Kind, Descriptor, {Exception});
  };
  for (BasicBlock &BB : F) {
    LandingPadInst *Pad = BB.getLandingPadInst();
    if (Pad && !onlyTerminates(BB))
      Insert(&*BB.getFirstInsertionPt(), CALLTAP_SITE_LANDING, CALLTAP_PLACE_RAX, Pad);
    if (auto *Resume = dyn_cast<ResumeInst>(BB.getTerminator()); Resume && CleansUp)
      Insert(Resume, CALLTAP_SITE_UNWIND, CALLTAP_PLACE_RDI, Resume->getValue());
  }
}

// IsLast: no optimisation comes after us, which would inline the body, or want to see that a result is constant.
static Described describe(SiteWriter &Sites, const Marked &Found, bool IsLast, bool TailExact) {
  Function &F = *Found.F;
  const Description &Info = *Found.Info;
  if (!TailExact)
    spreadReturns(F);
  std::vector<ReturnInst *> Returns = returnsOf(F);
  Instruction *Entry = entryPoint(F);
  std::vector<Place> Places = argumentPlaces(F, Info.How, Info.Parameters.size(), IsLast, Entry);
  hide(Places, Info);
  ResultPlaces Results(F, Info.How, Returns);
  bool HidesResult = Info.Result.IsSensitive && !Info.Result.Type->isVoidType();
  Constant *Descriptor =
      Sites.descriptor(F, Info, Places, HidesResult ? Place(CALLTAP_PLACE_SENSITIVE) : Results.common());
  return {&F, &Info, std::move(Returns), Entry, std::move(Places), std::move(Results), HidesResult, Descriptor};
}

static void instrument(SiteWriter &Sites, const Described &One, const Descriptors &Known, bool IsLast, bool TailExact) {
  // The entry first: the instruction that it stands before may be the return.
  Sites.insert(One.Entry, entryLocation(*One.F), CALLTAP_SITE_ENTRY, One.Descriptor, One.Places);
  instrumentReturns(Sites, One, Known, IsLast, TailExact);
  instrumentUnwinding(Sites, *One.F, One.Descriptor);
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
  TypeWriter Types(C.Opts.Types, C.Sensitive);
  SiteWriter Sites(M, Types, C.Lto || C.Opts.Inlined, C.Lto);
  std::vector<Marked> Found;
  for (Function &F : M)
    if (Marked Candidate = findMarked(C, F); Candidate.Info)
      Found.push_back(Candidate);
  bool IsLast = !C.Lto && !C.Opts.Inlined;
  std::vector<Described> All;
  All.reserve(Found.size()); // Known points into it
  Descriptors Known;         // of all: a tail call may be of a function that comes later
  for (const Marked &One : Found)
    All.push_back(describe(Sites, One, IsLast, C.Opts.TailExact));
  for (const Described &One : All)
    Known[One.F] = &One;
  for (const Described &One : All)
    instrument(Sites, One, Known, IsLast, C.Opts.TailExact);
  Sites.finish();
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
