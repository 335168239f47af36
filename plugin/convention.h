// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// How a function's parameters and result are passed: clang's own answer, in terms of IR arguments.
#ifndef CALLTAP_CONVENTION_H
#define CALLTAP_CONVENTION_H

#include "clang/AST/Decl.h"
#include "llvm/ADT/SmallVector.h"
#include "llvm/IR/Type.h"
#include <memory>
#include <vector>

namespace calltap {

// An IR type, comparable across contexts.
struct IrType {
  llvm::Type::TypeID Id = llvm::Type::VoidTyID;
  unsigned Bits = 0;

  IrType() = default;
  explicit IrType(const llvm::Type &T) : Id(T.getTypeID()), Bits(T.getPrimitiveSizeInBits()) {}
  bool operator==(const IrType &O) const { return Id == O.Id && Bits == O.Bits; }
};

// An IR value that carries a value of the source, or some bytes of it.
struct Piece {
  IrType Type;
  unsigned Offset; // of its first byte
};

struct Passing {
  enum Kind {
    Unknown, // in a way this version does not know
    Nothing, // it has no bytes
    Direct,  // as these pieces
    Memory,  // in the caller's frame; an IR pointer stands for it
    Address, // by its address, in one IR pointer
  } How = Unknown;
  llvm::SmallVector<Piece, 2> Pieces;

  // IR arguments it takes.
  size_t arguments() const { return How == Direct ? Pieces.size() : How == Memory || How == Address; }
};

struct Convention {
  bool HasResultAddress = false; // the first IR argument says where the result goes
  Passing Result;
  std::vector<Passing> Parameters; // `this` first. Cut before the first whose IR arguments cannot be told
};

class Conventions {
public:
  explicit Conventions(clang::ASTContext &Ctx);
  ~Conventions();
  Convention of(const clang::FunctionDecl &FD);

private:
  struct Generator;
  std::unique_ptr<Generator> G;
};

// What the caller passes for a parameter: in a K&R definition that is the promoted type.
clang::QualType passedType(const clang::FunctionDecl &FD, const clang::ParmVarDecl &P);

} // namespace calltap

#endif
