// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// The plugin's options, and which functions they leave to be instrumented.
#ifndef CALLTAP_SELECT_H
#define CALLTAP_SELECT_H

#include <string>
#include <vector>

namespace calltap {

// How much of types goes into the object file.
enum class TypeDetail {
  None,   // the machine's types only
  Params, // names, and the enumerators of enums
  Full,   // and the members of structs, unions and classes
};

struct Options {
  std::vector<std::string> Only, Skip; // globs: MFAs or source paths
  std::string Module;                  // name for the modules of global functions
  bool Inlined = false;                // hooks go in before inlining
  bool TailExact = false;              // tail calls become calls, so that every result is seen
  TypeDetail Types = TypeDetail::Full;

  // Takes one "NAME=VALUE" or "NAME". False, with Error set, if it is not an option.
  bool parse(const std::string &Argument, std::string &Error);

  // Whether a function of this module, name and source file gets hooks.
  bool selects(const std::string &Module, const std::string &Name, const std::string &File) const;

private:
  bool parseTypes(const std::string &Value, std::string &Error);
  bool parseTail(const std::string &Value, std::string &Error);
};

} // namespace calltap

#endif
