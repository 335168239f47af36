// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "compilation.h"
#include "clang/AST/ASTContext.h"
#include "clang/AST/Attr.h"
#include "clang/AST/DeclCXX.h"
#include "clang/AST/Mangle.h"

using namespace clang;

namespace calltap {

static bool isStructor(const FunctionDecl &FD) { return isa<CXXConstructorDecl>(FD) || isa<CXXDestructorDecl>(FD); }

void Compilation::sawDefinition(FunctionDecl &FD) {
  if (FD.isDependentContext() || FD.isDefaulted() || FD.isDeleted() || FD.isInvalidDecl())
    return;
  if (FD.hasAttr<NoInstrumentFunctionAttr>() || FD.hasAttr<NakedAttr>())
    return;
  if (!Numbers.insert({&FD, static_cast<unsigned>(Definitions.size())}).second)
    return;
  unsigned Number = static_cast<unsigned>(Definitions.size());
  Definitions.push_back(&FD);
  if (isStructor(FD)) {
    Structors.push_back(Number);
    return;
  }
  std::string Text = Mark + std::to_string(Number);
  FD.addAttr(AnnotateAttr::CreateImplicit(FD.getASTContext(), Text, static_cast<Expr **>(nullptr), 0));
}

int Compilation::findStructor(const std::string &Symbol) {
  if (StructorSymbols.empty() && !Structors.empty()) {
    ASTNameGenerator Names(Definitions[Structors[0]]->getASTContext());
    for (unsigned Number : Structors) {
      FunctionDecl *FD = Definitions[Number];
      if (!FD->isUsed(false) && !FD->getASTContext().DeclMustBeEmitted(FD))
        continue;
      for (const std::string &Name : Names.getAllManglings(FD))
        StructorSymbols[Name] = Number;
    }
    Structors.clear();
  }
  auto Found = StructorSymbols.find(Symbol);
  return Found == StructorSymbols.end() ? -1 : static_cast<int>(Found->second);
}

std::string Compilation::mapped(const std::string &File) const {
  for (const auto &[From, To] : PrefixMap)
    if (File.compare(0, From.size(), From) == 0)
      return To + File.substr(From.size());
  return File;
}

const Description *Compilation::describeNumber(unsigned Number, const std::string &Symbol) {
  auto Found = Described.find(Symbol);
  if (Found == Described.end()) {
    const FunctionDecl &FD = *Definitions[Number];
    Description F = describe(FD, Symbol, Opts.Module, mapped(sourceOf(FD).first));
    Found = Described.emplace(Symbol, std::move(F)).first;
  }
  const Description &F = Found->second;
  return Opts.selects(F.Module, F.Name, F.File) ? &F : nullptr;
}

} // namespace calltap
