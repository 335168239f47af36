// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "select.h"
#include <fnmatch.h>
#include <sstream>

namespace calltap {

static void splitGlobs(const std::string &List, std::vector<std::string> &Out) {
  std::istringstream Stream(List);
  for (std::string Glob; std::getline(Stream, Glob, ',');)
    if (!Glob.empty())
      Out.push_back(Glob);
}

bool Options::parseTypes(const std::string &Value, std::string &Error) {
  if (Value == "full")
    Types = TypeDetail::Full;
  else if (Value == "params")
    Types = TypeDetail::Params;
  else if (Value == "none")
    Types = TypeDetail::None;
  else
    Error = "types= is one of full, params, none, not '" + Value + "'";
  return Error.empty();
}

bool Options::parseTail(const std::string &Value, std::string &Error) {
  TailExact = Value == "exact";
  if (!TailExact && Value != "jump")
    Error = "tail= is one of jump, exact, not '" + Value + "'";
  return Error.empty();
}

bool Options::parse(const std::string &Argument, std::string &Error) {
  size_t Equals = Argument.find('=');
  std::string Name = Argument.substr(0, Equals);
  bool HasValue = Equals != std::string::npos && Equals + 1 < Argument.size();
  std::string Value = HasValue ? Argument.substr(Equals + 1) : "";
  if (Name == "inlined" && Equals == std::string::npos) {
    Inlined = true;
    return true;
  }
  if (Name != "only" && Name != "skip" && Name != "module" && Name != "types" && Name != "tail") {
    Error = "no option '" + Name +
            "'; the options are only=GLOB,... skip=GLOB,... module=NAME inlined types=full|params|none tail=jump|exact";
    return false;
  }
  if (!HasValue) {
    Error = "option '" + Name + "' needs a value: -fplugin-arg-calltap-" + Name + "=...";
    return false;
  }
  if (Name == "types")
    return parseTypes(Value, Error);
  if (Name == "tail")
    return parseTail(Value, Error);
  if (Name == "only")
    splitGlobs(Value, Only);
  else if (Name == "skip")
    splitGlobs(Value, Skip);
  else
    Module = Value;
  return true;
}

static bool glob(const std::string &Pattern, const std::string &Text) {
  return fnmatch(Pattern.c_str(), Text.c_str(), 0) == 0;
}

// "module:function" with a single colon is an MFA; anything with a slash or a dot is a source path, given whole
// or from any directory on; the rest is the name of a function.
static bool matches(const std::string &Pattern, const std::string &Module, const std::string &Name,
                    const std::string &File) {
  if (Pattern.find('/') != std::string::npos || Pattern.find('.') != std::string::npos)
    return glob(Pattern, File) || glob("*/" + Pattern, File);
  size_t Colon = Pattern.rfind(':');
  if (Colon == std::string::npos || Colon == 0)
    return glob(Pattern, Name);
  // In "a::b" the last "::" splits, as in the rules.
  size_t End = Pattern[Colon - 1] == ':' ? Colon - 1 : Colon;
  return glob(Pattern.substr(0, End), Module) && glob(Pattern.substr(Colon + 1), Name);
}

static bool anyMatches(const std::vector<std::string> &Globs, const std::string &Module, const std::string &Name,
                       const std::string &File) {
  for (const std::string &Glob : Globs)
    if (matches(Glob, Module, Name, File))
      return true;
  return false;
}

bool Options::selects(const std::string &Module, const std::string &Name, const std::string &File) const {
  if (!Only.empty() && !anyMatches(Only, Module, Name, File))
    return false;
  return !anyMatches(Skip, Module, Name, File);
}

} // namespace calltap
