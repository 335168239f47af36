// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// What the source says of a function: the half of a descriptor that the optimiser cannot change.
#ifndef CALLTAP_DESCRIBE_H
#define CALLTAP_DESCRIBE_H

#include "calltap/abi.h"
#include "clang/AST/Decl.h"
#include <string>
#include <vector>

namespace calltap {

// A parameter or a result. Bits is the width of the IR value that carries it, 0 if it is not a plain
// integer or pointer (then this version does not capture it).
struct ValueInfo {
  std::string Name;
  calltap_kind Kind = CALLTAP_KIND_OTHER;
  unsigned Size = 0; // bytes of the source type
  unsigned Bits = 0;
  bool Direct = false; // takes exactly one IR argument, whatever its kind
};

struct Description {
  std::string Module, Name, File, Symbol;
  int Line = 0;
  unsigned Arity = 0;
  unsigned Flags = 0;
  ValueInfo Result;
  std::vector<ValueInfo> Parameters; // `this` first, for a method
  bool OpaqueTail = false;           // the ABI adds arguments after `this` that the source does not name
};

// The module is Module where that is not empty, and else as product.md defines it.
Description describe(const clang::FunctionDecl &FD, const std::string &Symbol, const std::string &Module,
                     const std::string &File);

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
