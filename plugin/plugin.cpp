// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Registration. `-fplugin=` loads this object as a clang plugin; its action makes clang load it a second time as a
// pass plugin, so that the one flag is enough.
#include "compilation.h"
#include "clang/AST/ASTConsumer.h"
#include "clang/AST/ExprCXX.h"
#include "clang/Basic/TargetInfo.h"
#include "clang/Frontend/CompilerInstance.h"
#include "clang/Frontend/FrontendPluginRegistry.h"
#include "llvm/Passes/PassPlugin.h"
#include <cstdio>
#include <cstdlib>
#include <dlfcn.h>
#include <memory>
#include <unistd.h>

using namespace clang;
using namespace calltap;

namespace {

// Lives as long as the process: the pass runs after the action is gone.
std::unique_ptr<Compilation> Current;

// Passes on every function definition before clang's own consumer emits it. Walks declarations,
// never statements: headers are large.
class DefinitionConsumer : public ASTConsumer {
public:
  explicit DefinitionConsumer(Compilation &C) : C(C) {}

  bool HandleTopLevelDecl(DeclGroupRef Group) override {
    for (Decl *D : Group)
      visit(D);
    return true;
  }

  void HandleInlineFunctionDefinition(FunctionDecl *FD) override { visit(FD); }

  // Not of a template: its instances, which come here too, have their marks from it.
  void HandleTagDeclDefinition(TagDecl *D) override {
    if (auto *Record = dyn_cast<RecordDecl>(D); Record && !Record->isDependentContext())
      for (FieldDecl *Field : Record->fields())
        C.Sensitive.take(*Field);
  }

private:
  void visit(Decl *D) {
    if (auto *FD = dyn_cast<FunctionDecl>(D))
      visitFunction(FD);
    else if (isa<NamespaceDecl>(D) || isa<LinkageSpecDecl>(D) || isa<ExportDecl>(D))
      for (Decl *Inner : cast<DeclContext>(D)->decls())
        visit(Inner);
    else if (auto *VD = dyn_cast<VarDecl>(D))
      if (VD->getASTContext().getLangOpts().CPlusPlus11)
        visitLambdas(VD->getInit());
  }

  // The lambdas in an initialiser at namespace scope: they are among no function's declarations.
  void visitLambdas(Stmt *S) {
    if (!S)
      return;
    if (auto *Lambda = dyn_cast<LambdaExpr>(S))
      visitFunction(Lambda->getCallOperator());
    for (Stmt *Child : S->children())
      visitLambdas(Child);
  }

  void visitFunction(FunctionDecl *FD) {
    if (!FD->isThisDeclarationADefinition() || FD->isDependentContext())
      return;
    C.sawDefinition(*FD);
    // Lambdas and the methods of local classes stand among the function's own declarations.
    for (Decl *Inner : FD->decls())
      if (auto *Class = dyn_cast<CXXRecordDecl>(Inner))
        for (CXXMethodDecl *Method : Class->methods())
          visitFunction(Method);
  }

  Compilation &C;
};

void warn(const char *Text, const std::string &What) {
  fprintf(stderr, "calltap: warning: %s%s; no hooks are put in\n", Text, What.c_str());
}

bool generatesCode(const CompilerInstance &CI) {
  switch (CI.getFrontendOpts().ProgramAction) {
  case frontend::EmitAssembly:
  case frontend::EmitBC:
  case frontend::EmitCodeGenOnly:
  case frontend::EmitLLVM:
  case frontend::EmitLLVMOnly:
  case frontend::EmitObj:
    return true;
  default:
    return false;
  }
}

// The processors and conventions the hook is made for. Says so where it is another.
bool supportsTarget(const CompilerInstance &CI) {
  const llvm::Triple &Triple = CI.getTarget().getTriple();
  bool Known = Triple.getArch() == llvm::Triple::x86_64 && Triple.isOSBinFormatELF() &&
               Triple.getEnvironment() != llvm::Triple::GNUX32;
  if (!Known)
    warn("this version knows x86_64 ELF targets only, not ", Triple.str());
  else if (CI.getTargetOpts().CodeModel == "large")
    warn("", "-mcmodel=large puts code out of the reach of a call");
  else
    return true;
  return false;
}

std::string ownPath() {
  Dl_info Info;
  return dladdr(reinterpret_cast<void *>(&ownPath), &Info) ? Info.dli_fname : "";
}

void addPasses(CodeGenOptions &CGO) {
#if LLVM_VERSION_MAJOR >= 18
  CGO.PassBuilderCallbacks.push_back([](llvm::PassBuilder &PB) { registerPasses(PB, *Current); });
#else
  std::string Path = ownPath();
  if (std::find(CGO.PassPlugins.begin(), CGO.PassPlugins.end(), Path) == CGO.PassPlugins.end())
    CGO.PassPlugins.push_back(Path);
#endif
}

class Action : public PluginASTAction {
  Options Opts;

  std::unique_ptr<ASTConsumer> CreateASTConsumer(CompilerInstance &CI, llvm::StringRef) override {
    Current.reset();
    if (!generatesCode(CI) || !supportsTarget(CI))
      return std::make_unique<ASTConsumer>();
    CodeGenOptions &CGO = CI.getCodeGenOpts();
    Current = std::make_unique<Compilation>();
    Current->Opts = Opts;
    Current->Lto = CGO.PrepareForLTO || CGO.PrepareForThinLTO;
    Current->setPrefixMap({CGO.DebugPrefixMap.begin(), CGO.DebugPrefixMap.end()});
    CGO.ClearASTBeforeBackend = false; // the pass describes the functions that are really emitted
    addPasses(CGO);
    return std::make_unique<DefinitionConsumer>(*Current);
  }

  bool ParseArgs(const CompilerInstance &CI, const std::vector<std::string> &Arguments) override {
    for (const std::string &Argument : Arguments) {
      std::string Error;
      if (Opts.parse(Argument, Error))
        continue;
      DiagnosticsEngine &Diags = CI.getDiagnostics();
      Diags.Report(Diags.getCustomDiagID(DiagnosticsEngine::Error, "calltap plugin: %0")) << Error;
      return false;
    }
    return true;
  }

  ActionType getActionType() override { return AddBeforeMainAction; }
};

// LLVM_PLUGIN_API_VERSION is the same in every major version, and using the classes of another one
// crashes in odd places: look before anything else runs.
__attribute__((constructor(101))) void refuseOtherVersions() {
  using VersionFunction = std::string (*)();
  auto Version = reinterpret_cast<VersionFunction>(dlsym(RTLD_DEFAULT, "_ZN5clang19getClangFullVersionB5cxx11Ev"));
  if (!Version)
    return;
  std::string Text = Version();
  size_t At = Text.find("version ");
  int Major = At == std::string::npos ? LLVM_VERSION_MAJOR : atoi(Text.c_str() + At + strlen("version "));
  if (Major == LLVM_VERSION_MAJOR)
    return;
  fprintf(stderr, "calltap: this plugin (%s) is for clang %d, but this is clang %d: use calltap-%d.so\n",
          ownPath().c_str(), LLVM_VERSION_MAJOR, Major, Major);
  _exit(1);
}

} // namespace

static FrontendPluginRegistry::Add<Action> Registered("calltap", "puts disabled tracing hooks into every function");

extern "C" LLVM_ATTRIBUTE_WEAK __attribute__((visibility("default"))) llvm::PassPluginLibraryInfo
llvmGetPassPluginInfo() {
  return {LLVM_PLUGIN_API_VERSION, "calltap", "1", [](llvm::PassBuilder &PB) {
            if (Current)
              registerPasses(PB, *Current);
          }};
}
