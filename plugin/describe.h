// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// What the source says of a function: the half of a descriptor that the optimiser cannot change.
#ifndef CALLTAP_DESCRIBE_H
#define CALLTAP_DESCRIBE_H

#include "calltap/abi.h"
#include "convention.h"
#include "types.h"
#include "clang/AST/Decl.h"
#include <string>
#include <vector>

namespace calltap {

// A parameter or a result.
struct ValueInfo {
  std::string Name;
  clang::QualType Type;
  bool IsSensitive = false;
};

struct Description {
  std::string Module, Name, File, Symbol;
  int Line = 0;
  unsigned Arity = 0;
  unsigned Flags = 0;
  const clang::ASTContext *Ctx = nullptr;
  ValueInfo Result;
  std::vector<ValueInfo> Parameters; // `this` first, for a method
  Convention How;
};

// The module is Module where that is not empty, and else as product.md defines it.
Description describe(const clang::FunctionDecl &FD, const std::string &Symbol, const std::string &Module,
                     const std::string &File, const SensitiveDecls &Sensitive);

// The file and line of a declaration, as the user knows them (#line respected).
std::pair<std::string, int> sourceOf(const clang::Decl &D);

// The definition as written: of an instance, its template's.
const clang::FunctionDecl &definitionOf(const clang::FunctionDecl &FD);

// The qualified name of the scope a function is in, without template arguments, empty at global scope.
std::string scopeOf(const clang::FunctionDecl &FD);

// The name of a function in an MFA.
std::string nameOf(const clang::FunctionDecl &FD);

} // namespace calltap

#endif
