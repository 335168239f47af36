// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Types as the text of include/calltap/type.h, and the definitions that they name.
#ifndef CALLTAP_TYPES_H
#define CALLTAP_TYPES_H

#include "select.h"
#include "clang/AST/Decl.h"
#include "clang/AST/Type.h"
#include "llvm/ADT/DenseMap.h"
#include "llvm/ADT/DenseSet.h"
#include <map>
#include <set>
#include <string>

namespace calltap {

// What CALLTAP_SENSITIVE marks, and never costs anything: clang makes code of annotations of parameters and fields, so ours
// are taken off before it sees them.
class SensitiveDecls {
public:
  // Takes the mark off a declaration and remembers it.
  void take(clang::Decl &D);
  bool contains(const clang::Decl &D) const;

private:
  llvm::DenseSet<const clang::Decl *> Taken;
};

class TypeWriter {
public:
  TypeWriter(TypeDetail Detail, const SensitiveDecls &Sensitive) : Detail(Detail), Sensitive(Sensitive) {}

  // The text of a type. Definitions that it names are added to those of the unit.
  std::string text(const clang::ASTContext &Ctx, clang::QualType T);

  // The definitions so far, by name.
  const std::map<std::string, std::string> &definitions() const { return Definitions; }

private:
  void put(clang::QualType T, std::string &Out, unsigned Depth);
  void putQualifiers(clang::Qualifiers Q, std::string &Out);
  void putBuiltin(const clang::BuiltinType &T, std::string &Out);
  void putTag(const clang::TagDecl &D, std::string &Out, unsigned Depth);
  void putFunction(const clang::FunctionType &T, std::string &Out, unsigned Depth);
  void putOther(clang::QualType T, std::string &Out);
  void putHidden(clang::QualType T, std::string &Out);
  bool putSugar(clang::QualType &T, std::string &Out);

  void define(const clang::TagDecl &D, const std::string &Name, bool WithMembers);
  std::string enumDefinition(const clang::EnumDecl &D);
  std::string recordDefinition(const clang::RecordDecl &D, bool WithMembers);
  void putMembers(const clang::RecordDecl &D, std::string &Out);
  const std::string &nameOf(const clang::TagDecl &D);

  // Whether a value, without what it points to, has sensitive members.
  bool holdsSensitive(clang::QualType T);
  bool holdsSensitive(const clang::RecordDecl &D);
  bool findSensitive(const clang::RecordDecl &D);
  bool hidesVirtualBase(const clang::RecordDecl &D);

  TypeDetail Detail;
  const SensitiveDecls &Sensitive;
  const clang::ASTContext *Ctx = nullptr;
  llvm::DenseMap<const clang::Decl *, std::string> Names;
  std::set<std::string> Used; // of the names
  std::map<std::string, std::string> Definitions;
  llvm::DenseMap<const clang::RecordDecl *, bool> Holding; // what holdsSensitive found
};

} // namespace calltap

#endif
