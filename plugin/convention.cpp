// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "convention.h"
#include "clang/AST/ASTContext.h"
#include "clang/AST/DeclCXX.h"
#include "clang/Basic/CodeGenOptions.h"
#include "clang/CodeGen/CGFunctionInfo.h"
#include "clang/CodeGen/CodeGenABITypes.h"
#include "clang/CodeGen/ModuleBuilder.h"
#include "clang/Lex/HeaderSearchOptions.h"
#include "clang/Lex/PreprocessorOptions.h"
#include "llvm/IR/DataLayout.h"
#include "llvm/IR/LLVMContext.h"
#include "llvm/IR/Module.h"
#include "llvm/Support/VirtualFileSystem.h"

using namespace clang;
using clang::CodeGen::ABIArgInfo;

namespace calltap {

// A code generator of our own, which is asked about conventions and generates nothing. It is never freed: it lives as long as
// the process, and its end would look at an AST that is gone by then.
struct Conventions::Generator {
  HeaderSearchOptions HeaderSearch;
  PreprocessorOptions Preprocessor;
  CodeGenOptions Options;
  llvm::LLVMContext Context;
  CodeGenerator *CodeGen = nullptr;
  ASTContext &Ctx;

  explicit Generator(ASTContext &Ctx) : Ctx(Ctx) {
    CodeGen = CreateLLVMCodeGen(Ctx.getDiagnostics(), "calltap",
#if LLVM_VERSION_MAJOR >= 15
                                llvm::vfs::getRealFileSystem(),
#endif
                                HeaderSearch, Preprocessor, Options, Context);
    CodeGen->Initialize(Ctx);
  }

  const llvm::DataLayout &layout() const { return CodeGen->GetModule()->getDataLayout(); }
  Passing direct(const ABIArgInfo &Info) const;
  Passing passing(const ABIArgInfo &Info) const;
};

Conventions::Conventions(ASTContext &Ctx) : G(new Generator(Ctx)) {}
Conventions::~Conventions() { (void)G.release(); }

Passing Conventions::Generator::direct(const ABIArgInfo &Info) const {
  Passing Out;
  llvm::Type *T = Info.getCoerceToType();
  if (!T || Info.getPaddingType())
    return Out;
  Out.How = Passing::Direct;
  auto *Struct = dyn_cast<llvm::StructType>(T);
  if (!Struct) {
    Out.Pieces.push_back({IrType(*T), Info.getDirectOffset()});
    return Out;
  }
  const llvm::StructLayout *Layout = layout().getStructLayout(Struct);
  for (unsigned I = 0; I < Struct->getNumElements(); ++I) {
    unsigned Offset = static_cast<unsigned>(Layout->getElementOffset(I)) + Info.getDirectOffset();
    Out.Pieces.push_back({IrType(*Struct->getElementType(I)), Offset});
  }
  return Out;
}

Passing Conventions::Generator::passing(const ABIArgInfo &Info) const {
  Passing Out;
  switch (Info.getKind()) {
  case ABIArgInfo::Direct:
    return direct(Info);
  case ABIArgInfo::Extend:
    Out = direct(Info);
    break;
  case ABIArgInfo::Indirect:
    if (!Info.getPaddingType() && !Info.getIndirectRealign())
      Out.How = Info.getIndirectByVal() ? Passing::Memory : Passing::Address;
    break;
  case ABIArgInfo::Ignore:
    Out.How = Passing::Nothing;
    break;
  default:
    break;
  }
  return Out;
}

QualType passedType(const FunctionDecl &FD, const ParmVarDecl &P) {
  QualType T = P.getType();
  ASTContext &Ctx = FD.getASTContext();
  if (Ctx.getLangOpts().CPlusPlus || FD.hasWrittenPrototype())
    return T;
#if LLVM_VERSION_MAJOR >= 16
  bool IsPromoted = Ctx.isPromotableIntegerType(T);
#else
  bool IsPromoted = T->isPromotableIntegerType();
#endif
  if (IsPromoted)
    return Ctx.getPromotedIntegerType(T);
  return T->isSpecificBuiltinType(BuiltinType::Float) ? Ctx.DoubleTy : T;
}

static bool returnsNothing(const FunctionDecl &FD) { return isa<CXXConstructorDecl>(FD) || isa<CXXDestructorDecl>(FD); }

// A call with the same parameters in the same order is passed the same way as the function itself on the targets we know,
// methods included: `this` is just the first.
Convention Conventions::of(const FunctionDecl &FD) {
  Convention Out;
  ASTContext &Ctx = G->Ctx;
  SmallVector<CanQualType, 8> Types;
  if (const auto *Method = dyn_cast<CXXMethodDecl>(&FD); Method && Method->isInstance())
    Types.push_back(Ctx.getCanonicalParamType(Method->getThisType()));
  for (const ParmVarDecl *P : FD.parameters())
    Types.push_back(Ctx.getCanonicalParamType(passedType(FD, *P)));
  CanQualType Result = returnsNothing(FD) ? Ctx.VoidTy : Ctx.getCanonicalType(FD.getReturnType());
  const auto &Info = CodeGen::arrangeFreeFunctionCall(
      G->CodeGen->CGM(), Result, Types, FD.getType()->castAs<FunctionType>()->getExtInfo(), CodeGen::RequiredArgs::All);
  const ABIArgInfo &Return = Info.getReturnInfo();
  Out.Result = G->passing(Return);
  Out.HasResultAddress = Return.isIndirect();
  if (Return.isIndirect())
    Out.Result.How = Passing::Address;
  else if (!Return.isDirect() && !Return.isExtend() && !Return.isIgnore())
    return Out;
  for (const auto &Argument : Info.arguments()) {
    Passing P = G->passing(Argument.info);
    bool Flat = P.Pieces.size() < 2 || (Argument.info.isDirect() && Argument.info.getCanBeFlattened());
    if (P.How == Passing::Unknown || !Flat)
      break;
    Out.Parameters.push_back(std::move(P));
  }
  return Out;
}

} // namespace calltap
