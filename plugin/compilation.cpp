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
  Sensitive.take(FD);
  for (ParmVarDecl *P : FD.parameters())
    Sensitive.take(*P);
  if (FD.isDependentContext() || FD.isDefaulted() || FD.isDeleted() || FD.isInvalidDecl())
    return;
  if (FD.hasAttr<NoInstrumentFunctionAttr>() || FD.hasAttr<NakedAttr>())
    return;
  if (!Numbers.insert({&FD, static_cast<unsigned>(Definitions.size())}).second)
    return;
  std::string Text = Mark + std::to_string(Definitions.size());
  Definitions.push_back(&FD);
  if (isStructor(FD))
    return;
  FD.addAttr(AnnotateAttr::CreateImplicit(FD.getASTContext(), Text, static_cast<Expr **>(nullptr), 0));
}

int Compilation::findBySymbol(const std::string &Symbol) {
  if (Symbols.empty() && !Definitions.empty()) {
    ASTNameGenerator Names(Definitions[0]->getASTContext());
    for (unsigned Number = 0; Number < Definitions.size(); ++Number) {
      FunctionDecl *FD = Definitions[Number];
      if (!FD->isUsed(false) && !FD->getASTContext().DeclMustBeEmitted(FD))
        continue;
      if (!isStructor(*FD))
        Symbols[Names.getName(FD)] = Number;
      else
        for (const std::string &Name : Names.getAllManglings(FD))
          Symbols[Name] = Number;
    }
  }
  // Lambdas without a number of their own are numbered in the order in which they are mangled, which is another here than in
  // clang: such a name could be that of another function.
  auto Found = Symbol.find("$_") == std::string::npos ? Symbols.find(Symbol) : Symbols.end();
  return Found == Symbols.end() ? -1 : static_cast<int>(Found->second);
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
    Description F = describe(FD, Symbol, Opts.Module, mapped(sourceOf(definitionOf(FD)).first), Sensitive);
    if (!How)
      How = std::make_unique<Conventions>(FD.getASTContext());
    F.How = How->of(FD);
    Found = Described.emplace(Symbol, std::move(F)).first;
  }
  const Description &F = Found->second;
  return Opts.selects(F.Module, F.Name, F.File) ? &F : nullptr;
}

} // namespace calltap
