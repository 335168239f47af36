// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Where values stand when a site is reached: from the IR after optimisation, by the calling convention.
#ifndef CALLTAP_PLACES_H
#define CALLTAP_PLACES_H

#include "calltap/abi.h"
#include "convention.h"
#include "llvm/ADT/SmallVector.h"
#include "llvm/IR/Function.h"
#include "llvm/IR/Instructions.h"
#include <vector>

namespace calltap {

// A value that must be in a register when the site is reached.
struct Pin {
  calltap_place Register;
  llvm::Value *Value;
};

struct Place {
  uint8_t Where[2] = {CALLTAP_PLACE_NOT_CAPTURED, CALLTAP_PLACE_NONE};
  uint16_t Slot = 0;
  llvm::SmallVector<Pin, 2> Pins;

  Place() = default;
  explicit Place(calltap_place Known) { Where[0] = Known; }
  bool isOnStack() const {
    return (Where[0] & ~CALLTAP_PLACE_INDIRECT) == CALLTAP_PLACE_STACK || Where[1] == CALLTAP_PLACE_STACK;
  }
};

// Before optimisation: marks the IR arguments with the parameters they carry, as long as the IR has what the convention
// says.
void markArguments(llvm::Function &F, const Convention &C);

// After optimisation: where the parameters stand at the entry site, which will be put before Entry. OwnFrame: the body will not be
// inlined any more, so that its stack parameters stand where the caller of its frame put them.
std::vector<Place> argumentPlaces(llvm::Function &F, const Convention &C, size_t Parameters, bool OwnFrame,
                                  llvm::Instruction *Entry);

// Where the result stands before each of the returns. A result that nobody uses, or that is constant, may have been
// taken out by the optimiser; then it is so at all of them.
class ResultPlaces {
public:
  ResultPlaces(llvm::Function &F, const Convention &C, const std::vector<llvm::ReturnInst *> &Returns);
  // The same for all but the pins.
  const Place &common() const { return Common; }
  Place at(llvm::ReturnInst &Return) const;

private:
  bool isRemoved(llvm::ReturnInst &Return) const;
  void assign();

  llvm::Function &F;
  const Convention &C;
  Place Common;
};

} // namespace calltap

#endif
