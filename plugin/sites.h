// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Writes what include/calltap/abi.h describes into a module: sites, descriptors, and the object's
// trampoline, slot, note and announcements.
#ifndef CALLTAP_SITES_H
#define CALLTAP_SITES_H

#include "describe.h"
#include "places.h"
#include "types.h"
#include "llvm/ADT/StringMap.h"
#include "llvm/IR/IRBuilder.h"
#include "llvm/IR/Module.h"

namespace calltap {

class SiteWriter {
public:
  // Shared: bodies with sites may be inlined into functions of other sections or modules (the plugin option
  // `inlined`, and LTO), so a descriptor cannot live and die with its function. Lto: the sites may also end up in
  // functions that use the red zone.
  SiteWriter(llvm::Module &M, TypeWriter &Types, bool Shared, bool Lto)
      : M(M), Types(Types), Shared(Shared), Lto(Lto) {}

  // The descriptor of F. Places has one entry for each of Info.Parameters.
  llvm::Constant *descriptor(const llvm::Function &F, const Description &Info, const std::vector<Place> &Places,
                             const Place &Result);

  // Puts a site before the given instruction, with the operands' values in their registers.
  void insert(llvm::Instruction *Before, const llvm::DebugLoc &Loc, calltap_site_kind Kind, llvm::Constant *Descriptor,
              llvm::ArrayRef<Place> Operands);

  // Puts a site before a call in tail position. Callee: the descriptor of the function that is called, null if it is not known.
  void insertTail(llvm::CallInst *Call, llvm::Constant *Descriptor, llvm::Constant *Callee);

  // A return site for a constant. The constant goes through the site, in and out: the back end would make it
  // twice otherwise.
  void insertConstantReturn(llvm::ReturnInst *Return, llvm::Constant *Descriptor, const Pin &Result);

  // Writes what the descriptors have in common, after the last of them.
  void finish();

private:
  llvm::Function *trampoline();
  llvm::GlobalVariable *slot();
  void addNote();
  llvm::Function *addAnnouncement(const char *Hook, const char *Name);
  llvm::CallInst *emit(llvm::IRBuilder<> &B, llvm::Type *Result, const std::string &Text,
                       const std::string &Constraints, llvm::ArrayRef<llvm::Value *> Values);
  llvm::Constant *string(const std::string &Text);
  llvm::GlobalVariable *unit();
  llvm::GlobalVariable *place(const llvm::Function &F, const std::string &Hash);

  llvm::Module &M;
  TypeWriter &Types;
  bool Shared, Lto;
  llvm::Function *Trampoline = nullptr;
  llvm::GlobalVariable *Slot = nullptr, *Note = nullptr, *Unit = nullptr;
  llvm::StringMap<llvm::Constant *> Strings;
};

} // namespace calltap

#endif
