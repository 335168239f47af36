// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "places.h"
#include "llvm/Analysis/ValueTracking.h"
#include "llvm/IR/Constants.h"
#include "llvm/IR/DataLayout.h"
#include "llvm/IR/IRBuilder.h"
#include "llvm/IR/Module.h"

using namespace llvm;

namespace calltap {

static const char *const ArgumentMark = "calltap";      // "PARAMETER PIECE"
static const char *const MarkedMark = "calltap-marked"; // how many parameters were looked at

// ---- before optimisation ------------------------------------------------------------------------------------

// Whether the arguments from A on are what the convention says of one parameter.
static bool carries(Function::arg_iterator A, Function::arg_iterator End, const Passing &P) {
  if (static_cast<size_t>(End - A) < P.arguments())
    return false;
  if (P.How != Passing::Direct)
    return !P.arguments() || (A->getType()->isPointerTy() && A->hasByValAttr() == (P.How == Passing::Memory));
  for (const Piece &Part : P.Pieces) {
    if (!(IrType(*A->getType()) == Part.Type) || A->hasByValAttr() || A->hasNestAttr())
      return false;
    ++A;
  }
  return true;
}

// A constructor or destructor for bases may take one more argument behind `this`, which the source does not name.
static size_t hiddenArguments(const Function &F, const Convention &C) {
  size_t Expected = C.HasResultAddress;
  for (const Passing &P : C.Parameters)
    Expected += P.arguments();
  return F.arg_size() > Expected && !F.isVarArg() ? F.arg_size() - Expected : 0;
}

void markArguments(Function &F, const Convention &C) {
  auto A = F.arg_begin(), End = F.arg_end();
  size_t I = 0, Hidden = hiddenArguments(F, C);
  if (C.HasResultAddress && A != End)
    ++A;
  for (; I < C.Parameters.size() && carries(A, End, C.Parameters[I]); ++I) {
    for (size_t Part = 0; Part < C.Parameters[I].arguments(); ++Part, ++A)
      A->addAttr(Attribute::get(F.getContext(), ArgumentMark, std::to_string(I) + " " + std::to_string(Part)));
    if (I == 0 && Hidden == 1 && A != End)
      ++A;
    if (Hidden > 1) // not of a kind we know
      break;
  }
  F.addFnAttr(MarkedMark, std::to_string(I));
}

// ---- the calling convention, as the back end follows it -----------------------------------------------------

// Gives each IR argument its registers or stack slot, in order. After the first that it is not sure of it knows nothing.
class Assigner {
public:
  explicit Assigner(const Function &F) : Layout(F.getParent()->getDataLayout()) {
    CallingConv::ID CC = F.getCallingConv();
    Sure = CC == CallingConv::C || CC == CallingConv::Fast;
    StringRef Features = F.getFnAttribute("target-features").getValueAsString();
    HasVectors = !Features.contains("-sse2");
  }

  Place next(const Argument &A) {
    if (!isUsual(A))
      Sure = false;
    Place Out = Sure ? assign(A) : Place();
    return Sure ? Out : Place();
  }

private:
  static bool isUsual(const Argument &A) {
    return !A.hasNestAttr() && !A.hasSwiftSelfAttr() && !A.hasSwiftErrorAttr() && !A.hasInAllocaAttr() &&
           !A.hasAttribute(Attribute::SwiftAsync) && !A.hasAttribute(Attribute::Preallocated);
  }

  Place assign(const Argument &A) {
    Type *T = A.getType();
    if (A.hasByValAttr())
      return stack(Layout.getTypeAllocSize(A.getParamByValType()),
                   std::max<uint64_t>(A.getParamAlign().valueOrOne().value(), 8));
    if (T->isPointerTy() || (T->isIntegerTy() && T->getIntegerBitWidth() <= 64))
      return Integers < 6 ? reg(Integers++) : stack(8, 8);
    if (T->isIntegerTy(128))
      return wide();
    bool IsVector = isa<FixedVectorType>(T) && T->getPrimitiveSizeInBits() <= 128;
    if (HasVectors && (T->isFloatTy() || T->isDoubleTy() || T->isHalfTy() || T->isFP128Ty() || IsVector)) {
      bool IsWide = T->getPrimitiveSizeInBits() > 64;
      return Vectors < 8 ? reg(CALLTAP_PLACE_XMM0 + Vectors++) : stack(IsWide ? 16 : 8, IsWide ? 16 : 8);
    }
    if (T->isX86_FP80Ty())
      return stack(16, 16);
    Sure = false;
    return Place();
  }

  // __int128. Before LLVM 18 its halves are two integers, one of which may be in a register and one on the stack.
  Place wide() {
    if (Integers <= 4 || (LLVM_VERSION_MAJOR < 18 && Integers == 5)) {
      Place Low = reg(Integers++);
      Place High = Integers < 6 ? reg(Integers++) : stack(8, 8);
      Low.Where[1] = High.Where[0];
      Low.Slot = High.Slot;
      return Low;
    }
    Integers = 6;
    return stack(16, LLVM_VERSION_MAJOR < 18 ? 8 : 16);
  }

  static Place reg(unsigned Register) { return Place(static_cast<calltap_place>(Register)); }

  Place stack(uint64_t Bytes, uint64_t Alignment) {
    Offset = (Offset + Alignment - 1) / Alignment * Alignment;
    Place Out(CALLTAP_PLACE_STACK);
    Sure = Sure && Offset / 8 <= UINT16_MAX;
    Out.Slot = static_cast<uint16_t>(Offset / 8);
    Offset += (Bytes + 7) / 8 * 8;
    return Out;
  }

  const DataLayout &Layout;
  bool Sure = true, HasVectors = true;
  unsigned Integers = 0, Vectors = 0;
  uint64_t Offset = 0;
};

// ---- pins ---------------------------------------------------------------------------------------------------

// The back end takes no vectors of these in inline assembler.
static bool isHalf(const Type &T) { return T.isHalfTy() || T.isBFloatTy(); }

static bool hasPin(Type *T) {
  if (auto *Vector = dyn_cast<FixedVectorType>(T))
    return Vector->getPrimitiveSizeInBits() <= 128 && !isHalf(*Vector->getElementType()) &&
           !Vector->getElementType()->isIntegerTy(1);
  if (T->isIntegerTy())
    return T->getIntegerBitWidth() <= 64 || T->isIntegerTy(128);
  return T->isPointerTy() || T->isFloatTy() || T->isDoubleTy() || T->isHalfTy() || T->isFP128Ty() || T->isX86_FP80Ty();
}

// Of a value, or of all the elements of a structure.
static bool hasPins(Type *T) {
  auto *Struct = dyn_cast<StructType>(T);
  return Struct ? llvm::all_of(Struct->elements(), hasPin) : hasPin(T);
}

// The value as inline assembler takes it, without changing the bits that count.
static Value *pinnable(IRBuilder<> &B, Value *V) {
  Type *T = V->getType();
  if (T->isIntegerTy()) {
    unsigned Bits = T->getIntegerBitWidth();
    bool IsNative = Bits == 8 || Bits == 16 || Bits == 32 || Bits == 64;
    // A bool comes extended to a whole register by the calling convention; this costs no instruction.
    return IsNative ? V : B.CreateZExt(V, Bits < 32 ? B.getInt32Ty() : B.getInt64Ty());
  }
  auto *Vector = dyn_cast<FixedVectorType>(T);
  if (!Vector || T->getPrimitiveSizeInBits() == 128)
    return V;
  // <2 x float> is no type of the machine; with two more elements of any value it is.
  SmallVector<int, 16> Elements;
  unsigned Wide = 128 / Vector->getScalarSizeInBits();
  for (unsigned I = 0; I < Wide; ++I)
    Elements.push_back(I < Vector->getNumElements() ? static_cast<int>(I) : -1);
  return B.CreateShuffleVector(V, Elements);
}

// Adds the pins of a value that stands as `At` says.
static void pin(IRBuilder<> &B, Value *V, const Place &At, Place &Out) {
  unsigned Register = At.Where[0] & ~CALLTAP_PLACE_INDIRECT;
  if (Register == CALLTAP_PLACE_STACK)
    return;
  if (!V->getType()->isIntegerTy(128)) {
    Out.Pins.push_back({static_cast<calltap_place>(Register), pinnable(B, V)});
    return;
  }
  Out.Pins.push_back({static_cast<calltap_place>(At.Where[0]), B.CreateTrunc(V, B.getInt64Ty())});
  if (At.Where[1] < CALLTAP_PLACE_STACK)
    Out.Pins.push_back({static_cast<calltap_place>(At.Where[1]), B.CreateTrunc(B.CreateLShr(V, 64), B.getInt64Ty())});
}

// ---- parameters ---------------------------------------------------------------------------------------------

// What became of the IR arguments of one parameter.
struct Carriers {
  SmallVector<Argument *, 2> Arguments;
  SmallVector<Place, 2> Places;
};

static bool isRegister(const Place &P) { return P.Where[0] < CALLTAP_PLACE_STACK; }

// Two pieces as one place: each in a register, or the second on the stack, or both there side by side.
static bool join(const Carriers &From, Place &Out) {
  const Place &First = From.Places[0], &Second = From.Places[1];
  if (First.Where[1] != CALLTAP_PLACE_NONE || Second.Where[1] != CALLTAP_PLACE_NONE)
    return false;
  Out = First;
  if (isRegister(First)) {
    Out.Where[1] = Second.Where[0];
    Out.Slot = Second.Slot;
    return isRegister(Second) || Second.Where[0] == CALLTAP_PLACE_STACK;
  }
  return First.Where[0] == CALLTAP_PLACE_STACK && Second.Where[0] == CALLTAP_PLACE_STACK &&
         Second.Slot == First.Slot + 1;
}

static bool hasUsualOffsets(const Passing &P) {
  if (P.Pieces.size() == 1)
    return P.Pieces[0].Offset == 0;
  unsigned Second = P.Pieces[0].Type.Id == Type::X86_FP80TyID ? 16 : 8;
  return P.Pieces.size() == 2 && P.Pieces[0].Offset == 0 && P.Pieces[1].Offset == Second;
}

// Whether every caller still passes what the source says. For a parameter that is not used the optimiser may pass anything; it does
// so in calls that it sees, and it sees those of this module. Callers elsewhere know nothing.
static bool isPassed(const Argument &A) {
  if (!A.use_empty())
    return true;
  for (const Use &U : A.getParent()->uses()) {
    const auto *Call = dyn_cast<CallBase>(U.getUser());
    if (!Call || !Call->isCallee(&U))
      continue;
    const Value *Passed = A.getArgNo() < Call->arg_size() ? Call->getArgOperand(A.getArgNo()) : nullptr;
    if (!Passed || isa<UndefValue>(Passed) || isa<FreezeInst>(Passed))
      return false;
  }
  return true;
}

// Whether callers must have written what a pointer leads to: not if they know that nobody reads it.
static bool isRead(const Argument &A) {
  const Function &F = *A.getParent();
  return !A.hasAttribute(Attribute::ReadNone) && !A.hasAttribute(Attribute::WriteOnly) && !F.doesNotAccessMemory() &&
         !F.onlyWritesMemory();
}

static Place placeOf(IRBuilder<> &B, const Passing &P, const Carriers &From) {
  if (P.How == Passing::Nothing)
    return Place(CALLTAP_PLACE_NONE);
  bool IsInMemory = P.How == Passing::Memory || P.How == Passing::Address;
  for (const Argument *A : From.Arguments)
    if (!A || !isPassed(*A) || (IsInMemory && !isRead(*A)))
      return Place(CALLTAP_PLACE_OPTIMIZED_OUT);
  Place Out = From.Places[0];
  if (P.How == Passing::Direct && !hasUsualOffsets(P))
    return Place();
  if (From.Places.size() == 2 && !join(From, Out))
    return Place();
  if (Out.Where[0] == CALLTAP_PLACE_NOT_CAPTURED)
    return Place();
  for (const Argument *A : From.Arguments)
    if (!hasPin(A->getType()))
      return Place();
  for (size_t I = 0; I < From.Arguments.size(); ++I)
    pin(B, From.Arguments[I], From.Places[I], Out);
  if (P.How == Passing::Address)
    Out.Where[0] |= CALLTAP_PLACE_INDIRECT;
  else if (From.Arguments[0]->getType()->isPointerTy() && From.Arguments.size() == 1 && !IsInMemory &&
           !isRead(*From.Arguments[0]))
    Out.Where[1] = CALLTAP_PLACE_BARE;
  return Out;
}

std::vector<Place> argumentPlaces(Function &F, const Convention &C, size_t Parameters, bool OwnFrame,
                                  Instruction *Entry) {
  std::vector<Place> Out(Parameters);
  size_t Marked = 0;
  F.getFnAttribute(MarkedMark).getValueAsString().getAsInteger(10, Marked);
  std::vector<Carriers> Found(std::min(Marked, Parameters));
  for (size_t I = 0; I < Found.size(); ++I) {
    Found[I].Arguments.resize(C.Parameters[I].arguments());
    Found[I].Places.resize(C.Parameters[I].arguments());
  }
  Assigner Registers(F);
  for (Argument &A : F.args()) {
    Place At = Registers.next(A);
    if (At.isOnStack() && !OwnFrame)
      At = Place();
    auto [Parameter, Part] = F.getAttributes().getParamAttr(A.getArgNo(), ArgumentMark).getValueAsString().split(' ');
    size_t I, J;
    if (Parameter.getAsInteger(10, I) || Part.getAsInteger(10, J) || I >= Found.size() || J >= Found[I].Places.size())
      continue;
    Found[I].Arguments[J] = &A;
    Found[I].Places[J] = At;
  }
  IRBuilder<> B(Entry);
  for (size_t I = 0; I < Found.size(); ++I)
    Out[I] = placeOf(B, C.Parameters[I], Found[I]);
  return Out;
}

// ---- results ------------------------------------------------------------------------------------------------

static Argument *resultAddress(Function &F) {
  for (Argument &A : F.args())
    if (A.hasStructRetAttr())
      return &A;
  return nullptr;
}

ResultPlaces::ResultPlaces(Function &F, const Convention &C, const std::vector<ReturnInst *> &Returns) : F(F), C(C) {
  CallingConv::ID CC = F.getCallingConv();
  if (CC != CallingConv::C && CC != CallingConv::Fast)
    return;
  assign();
  for (ReturnInst *Return : Returns)
    if (isRemoved(*Return))
      Common = Place(CALLTAP_PLACE_OPTIMIZED_OUT);
}

// Results take rax, rdx and xmm0, xmm1 in order, each kind by itself.
void ResultPlaces::assign() {
  const Passing &P = C.Result;
  if (P.How == Passing::Nothing)
    Common = Place(CALLTAP_PLACE_NONE);
  if (P.How == Passing::Address) {
    Common = Place(resultAddress(F) ? CALLTAP_PLACE_RAX : CALLTAP_PLACE_OPTIMIZED_OUT);
    Common.Where[0] |= resultAddress(F) ? CALLTAP_PLACE_INDIRECT : 0;
  }
  if (P.How != Passing::Direct || !hasUsualOffsets(P))
    return;
  Type *T = F.getReturnType();
  auto *Struct = dyn_cast<StructType>(T);
  size_t Elements = Struct ? Struct->getNumElements() : 1;
  bool Same = Elements == P.Pieces.size();
  for (size_t I = 0; Same && I < Elements; ++I)
    Same = IrType(Struct ? *Struct->getElementType(I) : *T) == P.Pieces[I].Type;
  if (!Same) {
    Common = Place(CALLTAP_PLACE_OPTIMIZED_OUT); // (the optimiser changed it: at least a part is gone)
    return;
  }
  if (!hasPins(F.getReturnType()))
    return;
  unsigned Integer = 0, Vector = CALLTAP_PLACE_XMM0, X87 = CALLTAP_PLACE_ST0;
  auto NextInteger = [&Integer] { return Integer++ ? CALLTAP_PLACE_RDX : CALLTAP_PLACE_RAX; };
  for (size_t I = 0; I < Elements; ++I) {
    Type *E = Struct ? Struct->getElementType(I) : T;
    if (E->isIntegerTy() || E->isPointerTy())
      Common.Where[I] = NextInteger();
    else if (E->isX86_FP80Ty())
      Common.Where[I] = static_cast<uint8_t>(X87++);
    else
      Common.Where[I] = static_cast<uint8_t>(Vector++);
    if (E->isIntegerTy(128))
      Common.Where[1] = NextInteger();
  }
}

bool ResultPlaces::isRemoved(ReturnInst &Return) const {
  Value *V = Return.getReturnValue();
  if (!V || C.Result.How != Passing::Direct)
    return false;
  auto *Struct = dyn_cast<StructType>(V->getType());
  if (!Struct)
    return isa<UndefValue>(V);
  for (unsigned I = 0; I < Struct->getNumElements(); ++I) {
    Value *Part = FindInsertedValue(V, {I});
    if (Part && isa<UndefValue>(Part))
      return true;
  }
  return false;
}

Place ResultPlaces::at(ReturnInst &Return) const {
  Place Out = Common;
  IRBuilder<> B(&Return);
  if (Common.Where[0] == (CALLTAP_PLACE_RAX | CALLTAP_PLACE_INDIRECT)) {
    Out.Pins.push_back({CALLTAP_PLACE_RAX, resultAddress(F)});
    return Out;
  }
  Value *V = Return.getReturnValue();
  if (Common.Where[0] >= CALLTAP_PLACE_STACK || !V)
    return Out;
  if (!isa<StructType>(V->getType())) {
    pin(B, V, Common, Out);
    return Out;
  }
  for (unsigned I = 0; I < cast<StructType>(V->getType())->getNumElements(); ++I)
    pin(B, B.CreateExtractValue(V, I), Place(static_cast<calltap_place>(Common.Where[I])), Out);
  return Out;
}

} // namespace calltap
