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

static calltap_kind integerKind(QualType T) {
  if (T->isBooleanType())
    return CALLTAP_KIND_BOOL;
  if (T->isSpecificBuiltinType(BuiltinType::Char_S) || T->isSpecificBuiltinType(BuiltinType::Char_U))
    return CALLTAP_KIND_CHAR;
  return T->isSignedIntegerOrEnumerationType() ? CALLTAP_KIND_INT : CALLTAP_KIND_UINT;
}

static ValueInfo describeValue(const ASTContext &Ctx, QualType T, std::string Name) {
  ValueInfo V;
  V.Name = std::move(Name);
  T = T.getCanonicalType();
  if (T->isVoidType()) {
    V.Kind = CALLTAP_KIND_VOID;
    return V;
  }
  uint64_t Size = T->isReferenceType() ? 8 : Ctx.getTypeSizeInChars(T).getQuantity();
  V.Size = Size < 256 ? static_cast<unsigned>(Size) : 0;
  bool Atomic = T->isAtomicType(); // may be passed as its value or not: not captured yet
  if (T->isAnyPointerType() || T->isReferenceType() || T->isNullPtrType() || T->isBlockPointerType()) {
    V.Kind = CALLTAP_KIND_POINTER;
    V.Bits = 64;
  } else if (T->isIntegralOrEnumerationType() && Size <= 8 && !Atomic && !T->isBitIntType()) {
    V.Kind = integerKind(T);
    V.Bits = T->isBooleanType() ? 1 : static_cast<unsigned>(Size) * 8;
  } else if (T->isRealFloatingType()) {
    V.Kind = CALLTAP_KIND_FLOAT;
  }
  V.Direct = V.Bits != 0 || V.Kind == CALLTAP_KIND_FLOAT;
  return V;
}

// A constructor or destructor of a class with virtual bases may take a hidden VTT argument.
static bool hasOpaqueTail(const FunctionDecl &FD) {
  if (!isa<CXXConstructorDecl>(FD) && !isa<CXXDestructorDecl>(FD))
    return false;
  return cast<CXXMethodDecl>(FD).getParent()->getNumVBases() != 0;
}

Description describe(const FunctionDecl &FD, const std::string &Symbol, const std::string &Module,
                     const std::string &File) {
  const ASTContext &Ctx = FD.getASTContext();
  Description F;
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
    F.Parameters.push_back(describeValue(Ctx, Ctx.VoidPtrTy, "this"));
  }
  for (const ParmVarDecl *P : FD.parameters())
    F.Parameters.push_back(describeValue(Ctx, P->getType(), P->getNameAsString()));
  F.Result = describeValue(Ctx, FD.getReturnType(), "");
  F.OpaqueTail = hasOpaqueTail(FD);
  return F;
}

} // namespace calltap
