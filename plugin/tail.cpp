// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "tail.h"
#include "llvm/IR/Function.h"
#include "llvm/IR/IntrinsicInst.h"
#include "llvm/Transforms/Utils/BasicBlockUtils.h"

using namespace llvm;

namespace calltap {

// Whether a function returns it in a register for integers, and not in one for vectors.
static bool isInteger(const Type &T) { return T.isIntOrPtrTy(); }

// Without casts that leave a result in the register where it is.
static const Value *stripCasts(const Value *V) {
  for (const auto *Cast = dyn_cast_or_null<BitCastInst>(V);
       Cast && isInteger(*Cast->getSrcTy()) == isInteger(*Cast->getDestTy()); Cast = dyn_cast<BitCastInst>(V))
    V = Cast->getOperand(0);
  return V;
}

// Instructions that leave no code between a call and its return.
static bool isNothing(const Instruction &I) {
  if (isa<BitCastInst>(I))
    return true;
  const auto *Intrinsic = dyn_cast<IntrinsicInst>(&I);
  return Intrinsic &&
         (isa<DbgInfoIntrinsic>(Intrinsic) || Intrinsic->isLifetimeStartOrEnd() ||
          Intrinsic->getIntrinsicID() == Intrinsic::assume || Intrinsic->getIntrinsicID() == Intrinsic::pseudoprobe ||
          Intrinsic->getIntrinsicID() == Intrinsic::experimental_noalias_scope_decl);
}

// Who returns in memory returns its address, too, and only others who do might do that for it.
static bool mayBecomeJump(const CallInst &Call) {
  if (Call.isMustTailCall())
    return true;
  if (Call.getFunction()->hasStructRetAttr() && !Call.hasStructRetAttr())
    return false;
  return Call.isTailCall() && !Call.isInlineAsm() && !isa<IntrinsicInst>(Call) &&
         Call.getFunction()->getFnAttribute("disable-tail-calls").getValueAsString() != "true";
}

// The last call before an instruction, if nothing but casts and markers stand between.
static CallInst *callBefore(Instruction *End) {
  for (Instruction *I = End->getPrevNode(); I; I = I->getPrevNode()) {
    if (isNothing(*I))
      continue;
    auto *Call = dyn_cast<CallInst>(I);
    return Call && mayBecomeJump(*Call) ? Call : nullptr;
  }
  return nullptr;
}

CallInst *tailCallOf(ReturnInst &Return) {
  CallInst *Call = callBefore(&Return);
  const Value *Result = Return.getReturnValue();
  if (!Call || !Result || isa<UndefValue>(Result) || stripCasts(Result) == Call)
    return Call;
  return nullptr;
}

// A block of nothing but a return, of a value that a phi of the block chooses or of nothing.
static ReturnInst *bareReturn(BasicBlock &BB, PHINode *&Choice) {
  auto *Return = dyn_cast<ReturnInst>(BB.getTerminator());
  if (!Return)
    return nullptr;
  Choice = dyn_cast_or_null<PHINode>(const_cast<Value *>(stripCasts(Return->getReturnValue())));
  if (Return->getReturnValue() && (!Choice || Choice->getParent() != &BB))
    return nullptr;
  for (const Instruction &I : BB)
    if (&I != Choice && &I != Return && !isNothing(I))
      return nullptr;
  return Return;
}

static bool endsInTailCall(BasicBlock &Pred, const PHINode *Choice) {
  auto *Branch = dyn_cast<BranchInst>(Pred.getTerminator());
  if (!Branch || !Branch->isUnconditional())
    return false;
  CallInst *Call = callBefore(Branch);
  return Call && (!Choice || stripCasts(Choice->getIncomingValueForBlock(&Pred)) == Call);
}

static void spread(BasicBlock &BB) {
  PHINode *Choice = nullptr;
  ReturnInst *Return = bareReturn(BB, Choice);
  if (!Return || BB.hasAddressTaken())
    return;
  SmallVector<BasicBlock *, 8> Preds;
  for (BasicBlock *Pred : predecessors(&BB))
    if (endsInTailCall(*Pred, Choice))
      Preds.push_back(Pred);
  for (BasicBlock *Pred : Preds)
    (void)FoldReturnIntoUncondBranch(Return, &BB, Pred);
  if (!Preds.empty() && pred_empty(&BB) && !BB.isEntryBlock())
    BB.eraseFromParent();
}

void spreadReturns(Function &F) {
  SmallVector<BasicBlock *, 8> Blocks;
  for (BasicBlock &BB : F)
    Blocks.push_back(&BB);
  for (BasicBlock *BB : Blocks)
    spread(*BB);
}

} // namespace calltap
