// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Calls in tail position. A site between such a call and its return would turn the jump back into a call, and
// a program that recurses a million deep would overflow its stack.
#ifndef CALLTAP_TAIL_H
#define CALLTAP_TAIL_H

#include "llvm/IR/Instructions.h"

namespace calltap {

// The call that the back end may turn into a jump when it comes to this return, or null.
llvm::CallInst *tailCallOf(llvm::ReturnInst &Return);

// The back end copies a return block into the predecessors that end in a call, to make tail calls of them; with a site
// in the block it no longer would. Does the same before the sites are put in.
void spreadReturns(llvm::Function &F);

} // namespace calltap

#endif
