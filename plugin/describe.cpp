// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "describe.h"
#include "clang/AST/ASTContext.h"
#include "clang/AST/DeclCXX.h"
#include "clang/Basic/SourceManager.h"
#include "llvm/Support/Path.h"

using namespace clang;

namespace calltap {

std::pair<std::string, int> sourceOf(const Decl &D) {
  const SourceManager &SM = D.getASTContext().getSourceManager();
  PresumedLoc Loc = SM.getPresumedLoc(SM.getExpansionLoc(D.getLocation()));
  if (Loc.isInvalid())
    return {"", 0};
  return {Loc.getFilename(), static_cast<int>(Loc.getLine())};
}

const FunctionDecl &definitionOf(const FunctionDecl &FD) {
  const FunctionDecl *Pattern = FD.getTemplateInstantiationPattern();
  const FunctionDecl *Definition = nullptr;
  return Pattern && Pattern->isDefined(Definition) ? *Definition : FD;
}

static bool isLambda(const FunctionDecl &FD) {
  const auto *Method = dyn_cast<CXXMethodDecl>(&FD);
  return Method && Method->getParent()->isLambda();
}

std::string nameOf(const FunctionDecl &FD) {
  if (isLambda(FD))
    return "lambda@" + std::to_string(sourceOf(*cast<CXXMethodDecl>(FD).getParent()).second);
  // A constructor of a template prints its class with arguments ("Box<T>"): take the class's name.
  if (const auto *Ctor = dyn_cast<CXXConstructorDecl>(&FD))
    return Ctor->getParent()->getNameAsString();
  if (const auto *Dtor = dyn_cast<CXXDestructorDecl>(&FD))
    return "~" + Dtor->getParent()->getNameAsString();
  return FD.getNameAsString();
}

// The scopes from the outermost to the innermost. Inline and anonymous namespaces are transparent.
static void appendScope(const DeclContext *DC, std::string &Out) {
  if (!DC || DC->isTranslationUnit())
    return;
  appendScope(DC->getParent(), Out);
  std::string Name;
  if (const auto *NS = dyn_cast<NamespaceDecl>(DC)) {
    if (!NS->isAnonymousNamespace() && !NS->isInline())
      Name = NS->getNameAsString();
  } else if (const auto *Record = dyn_cast<RecordDecl>(DC)) {
    const auto *Class = dyn_cast<CXXRecordDecl>(Record);
    if (!Class || !Class->isLambda())
      Name = Record->getNameAsString();
  } else if (const auto *FD = dyn_cast<FunctionDecl>(DC)) {
    Name = nameOf(*FD);
  }
  if (Name.empty())
    return;
  if (!Out.empty())
    Out += "::";
  Out += Name;
}

std::string scopeOf(const FunctionDecl &FD) {
  std::string Scope;
  appendScope(FD.getDeclContext(), Scope);
  return Scope;
}

static bool isSensitive(const FunctionDecl &FD, const ParmVarDecl &P, const SensitiveDecls &Sensitive) {
  if (Sensitive.contains(P))
    return true;
  unsigned Index = P.getFunctionScopeIndex();
  for (const FunctionDecl *Other : FD.redecls()) // the mark may stand in the header only
    if (Index < Other->getNumParams() && Sensitive.contains(*Other->getParamDecl(Index)))
      return true;
  return false;
}

Description describe(const FunctionDecl &FD, const std::string &Symbol, const std::string &Module,
                     const std::string &File, const SensitiveDecls &Sensitive) {
  Description F;
  F.Ctx = &FD.getASTContext();
  bool All = llvm::any_of(FD.redecls(), [&](const FunctionDecl *D) { return Sensitive.contains(*D); });
  F.Name = nameOf(FD);
  F.Module = scopeOf(FD);
  if (F.Module.empty())
    F.Module = Module.empty() ? llvm::sys::path::stem(File).str() : Module;
  F.File = File;
  F.Line = sourceOf(definitionOf(FD)).second;
  F.Symbol = Symbol;
  F.Arity = FD.getNumParams();
  if (FD.isVariadic())
    F.Flags |= CALLTAP_FUNCTION_VARIADIC;
  const auto *Method = dyn_cast<CXXMethodDecl>(&FD);
  if (Method && Method->isInstance()) {
    F.Flags |= CALLTAP_FUNCTION_METHOD;
    F.Parameters.push_back({"this", Method->getThisType(), All});
  }
  for (const ParmVarDecl *P : FD.parameters()) {
    // In a K&R definition a short comes as an int, whose lower half it is; a float comes as a double.
    QualType T = P->getType()->isRealFloatingType() ? passedType(FD, *P) : P->getType();
    F.Parameters.push_back({P->getNameAsString(), T, All || isSensitive(FD, *P, Sensitive)});
  }
  F.Result = {"", FD.getReturnType(), All};
  return F;
}

} // namespace calltap
