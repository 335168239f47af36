// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// What the two halves of the plugin share during one compilation. The front half (plugin.cpp) sees
// declarations, the back half (instrument.cpp) sees IR; both run in one process.
#ifndef CALLTAP_COMPILATION_H
#define CALLTAP_COMPILATION_H

#include "describe.h"
#include "select.h"
#include "llvm/ADT/DenseMap.h"
#include "llvm/Passes/PassBuilder.h"
#include <map>
#include <memory>
#include <string>
#include <vector>

namespace calltap {

class Compilation {
public:
  Options Opts;
  bool Lto = false; // the IR will be inlined again by the linker

  // Called for every function definition, before clang emits it. Marks it with an annotation that
  // clang carries into the IR, so that the pass finds the declaration without mangling names.
  void sawDefinition(clang::FunctionDecl &FD);

  // What CALLTAP_SENSITIVE marks.
  SensitiveDecls Sensitive;

  // The description of declaration Number for the IR function Symbol, or null if it is not selected.
  const Description *describeNumber(unsigned Number, const std::string &Symbol);

  // The number of the definition that clang emitted as Symbol, or -1. For those that came without their annotation: clang
  // drops it from constructors and destructors, and from clang 15 on where a call was emitted before the definition was seen.
  int findBySymbol(const std::string &Symbol);

  void setPrefixMap(std::vector<std::pair<std::string, std::string>> Map) { PrefixMap = std::move(Map); }

private:
  std::string mapped(const std::string &File) const;

  std::vector<clang::FunctionDecl *> Definitions;
  llvm::DenseMap<const clang::FunctionDecl *, unsigned> Numbers;
  std::map<std::string, unsigned> Symbols;      // of the definitions; filled at the first question
  std::map<std::string, Description> Described; // by symbol
  std::unique_ptr<Conventions> How;
  std::vector<std::pair<std::string, std::string>> PrefixMap;
};

// The prefix of the annotations.
constexpr const char *Mark = "calltap:";

// Adds the passes of the back half to a pipeline. C must outlive the pipeline.
void registerPasses(llvm::PassBuilder &PB, Compilation &C);

} // namespace calltap

#endif
