// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "types.h"
#include "calltap/type.h"
#if defined(__GNUC__) && !defined(__clang__)
#pragma GCC diagnostic ignored "-Wnonnull" // of clang 14's ExternalASTSource.h, where gcc inlines it
#endif
#include "clang/AST/ASTContext.h"
#include "clang/AST/Attr.h"
#include "clang/AST/DeclCXX.h"
#include "clang/AST/DeclTemplate.h"
#include "clang/AST/RecordLayout.h"
#include "clang/Basic/SourceManager.h"
#include "llvm/ADT/SmallString.h"
#include "llvm/Support/Path.h"

using namespace clang;

namespace calltap {

// ---- sensitive declarations ---------------------------------------------------------------------------------

static bool isMark(const Attr *A) {
  const auto *Annotation = dyn_cast<AnnotateAttr>(A);
  return Annotation && Annotation->getAnnotation() == "calltap_sensitive";
}

static bool hasMark(const Decl &D) { return D.hasAttrs() && llvm::any_of(D.getAttrs(), isMark); }

void SensitiveDecls::take(Decl &D) {
  if (!hasMark(D))
    return;
  Taken.insert(&D);
  llvm::erase_if(D.getAttrs(), isMark);
  if (D.getAttrs().empty())
    D.dropAttrs();
}

bool SensitiveDecls::contains(const Decl &D) const { return Taken.count(&D) || hasMark(D); }

// Members of the C++ library's own classes are not for people: the runtime knows how the common ones are read.
static bool isOfLibrary(const RecordDecl &D) {
  for (const DeclContext *DC = D.getDeclContext(); DC; DC = DC->getParent())
    if (const auto *NS = dyn_cast<NamespaceDecl>(DC))
      if (NS->isStdNamespace() || NS->getName() == "__gnu_cxx")
        return true;
  return false;
}

// The record that a value consists of, or its elements do.
static const RecordDecl *recordOf(const ASTContext &Ctx, QualType T) {
  T = Ctx.getBaseElementType(T.getCanonicalType());
  if (const auto *Atomic = T->getAs<AtomicType>())
    T = Atomic->getValueType().getCanonicalType();
  const RecordDecl *D = T->getAsRecordDecl();
  return D ? D->getDefinition() : nullptr;
}

// Whether a class has room for objects of any type.
static bool hasRawStorage(const ASTContext &Ctx, const RecordDecl &D) {
  for (const FieldDecl *F : D.fields()) {
    const RecordDecl *Inner = recordOf(Ctx, F->getType());
    if (Inner ? hasRawStorage(Ctx, *Inner)
              : F->getType()->isArrayType() && Ctx.getBaseElementType(F->getType())->isCharType())
      return true;
  }
  const auto *Class = dyn_cast<CXXRecordDecl>(&D);
  return Class && llvm::any_of(Class->bases(), [&](const CXXBaseSpecifier &Base) {
           const RecordDecl *Inner = recordOf(Ctx, Base.getType());
           return Inner && hasRawStorage(Ctx, *Inner);
         });
}

bool TypeWriter::holdsSensitive(QualType T) {
  const RecordDecl *D = recordOf(*Ctx, T);
  return D && holdsSensitive(*D);
}

bool TypeWriter::holdsSensitive(const RecordDecl &D) {
  auto [Known, IsNew] = Holding.insert({&D, false});
  if (!IsNew)
    return Known->second;
  bool Holds = findSensitive(D);
  return Holding[&D] = Holds;
}

bool TypeWriter::findSensitive(const RecordDecl &D) {
  for (const FieldDecl *F : D.fields())
    if (Sensitive.contains(*F) || holdsSensitive(F->getType()))
      return true;
  const auto *Class = dyn_cast<CXXRecordDecl>(&D);
  if (Class && llvm::any_of(Class->bases(), [this](const auto &Base) { return holdsSensitive(Base.getType()); }))
    return true;
  // Some classes of the library (std::variant) have their objects in arrays of bytes.
  const auto *Instance = dyn_cast<ClassTemplateSpecializationDecl>(&D);
  if (!Instance || !isOfLibrary(D))
    return false;
  auto Holds = [this](const TemplateArgument &A) {
    return A.getKind() == TemplateArgument::Type && holdsSensitive(A.getAsType());
  };
  for (const TemplateArgument &A : Instance->getTemplateArgs().asArray())
    if (A.getKind() == TemplateArgument::Pack ? llvm::any_of(A.pack_elements(), Holds) : Holds(A))
      return hasRawStorage(*Ctx, D);
  return false;
}

// ---- names --------------------------------------------------------------------------------------------------

static void putName(const std::string &Name, std::string &Out) { Out += std::to_string(Name.size()) + "." + Name; }

// For names that people read.
static PrintingPolicy policyOf(const ASTContext &Ctx) {
  PrintingPolicy Policy(Ctx.getLangOpts());
  Policy.SuppressTagKeyword = true;
  Policy.SuppressUnwrittenScope = true;
  Policy.AnonymousTagLocations = false;
  Policy.UsePreferredNames = false; // libc++ would have std::basic_string<char> printed as std::string
  return Policy;
}

static std::string placeOf(const Decl &D) {
  const SourceManager &SM = D.getASTContext().getSourceManager();
  PresumedLoc Loc = SM.getPresumedLoc(SM.getExpansionLoc(D.getLocation()));
  if (Loc.isInvalid())
    return "";
  return llvm::sys::path::filename(Loc.getFilename()).str() + ":" + std::to_string(Loc.getLine());
}

static bool isLambda(const TagDecl &D) {
  const auto *Class = dyn_cast<CXXRecordDecl>(&D);
  return Class && Class->isLambda();
}

static std::string spelledName(const TagDecl &D) {
  if (isLambda(D))
    return "lambda@" + placeOf(D);
  if (!D.getIdentifier() && !D.getTypedefNameForAnonDecl())
    return "(unnamed " + D.getKindName().str() + " " + placeOf(D) + ")";
  const ASTContext &Ctx = D.getASTContext();
  PrintingPolicy Policy = policyOf(Ctx);
  Policy.SuppressInlineNamespace = false; // they tell the C++ libraries apart
  return Ctx.getTypeDeclType(&D).getCanonicalType().getAsString(Policy);
}

// Two types of one name (in two functions, say) get different ones.
const std::string &TypeWriter::nameOf(const TagDecl &D) {
  std::string &Name = Names[D.getCanonicalDecl()];
  if (!Name.empty())
    return Name;
  Name = spelledName(D);
  if (Used.count(Name))
    Name += "@" + placeOf(D);
  while (!Used.insert(Name).second)
    Name += "'";
  return Name;
}

// ---- types --------------------------------------------------------------------------------------------------

// Deep enough for what people write, and far from what readers refuse.
constexpr unsigned MaxDepth = CALLTAP_TYPE_DEPTH / 2;

std::string TypeWriter::text(const ASTContext &Context, QualType T) {
  Ctx = &Context;
  std::string Out;
  put(T, Out, 0);
  return Out;
}

void TypeWriter::putQualifiers(Qualifiers Q, std::string &Out) {
  if (Q.hasConst())
    Out += 'K';
  if (Q.hasVolatile())
    Out += 'V';
}

static char letterOf(const BuiltinType &T, const ASTContext &Ctx) {
  uint64_t Size = T.isVoidType() ? 0 : Ctx.getTypeSizeInChars(&T).getQuantity();
  switch (T.getKind()) {
  case BuiltinType::Void:
    return 'v';
  case BuiltinType::Bool:
    return 'b';
  case BuiltinType::Char_S:
  case BuiltinType::Char_U:
    return 'c';
  case BuiltinType::SChar:
    return 'a';
  case BuiltinType::UChar:
    return 'h';
  case BuiltinType::Short:
    return 's';
  case BuiltinType::UShort:
    return 't';
  case BuiltinType::Int:
    return 'i';
  case BuiltinType::UInt:
    return 'j';
  case BuiltinType::Long:
    return 'l';
  case BuiltinType::ULong:
    return 'm';
  case BuiltinType::LongLong:
    return 'x';
  case BuiltinType::ULongLong:
    return 'y';
  case BuiltinType::Int128:
    return 'n';
  case BuiltinType::UInt128:
    return 'o';
  case BuiltinType::Half:
  case BuiltinType::Float16:
    return 'k';
  case BuiltinType::Float:
    return 'f';
  case BuiltinType::Double:
    return 'd';
  case BuiltinType::LongDouble: // -mlong-double-64 and -128 make it one of the others
    return Size == 8 ? 'd' : &Ctx.getFloatTypeSemantics(QualType(&T, 0)) == &llvm::APFloat::IEEEquad() ? 'g' : 'e';
  case BuiltinType::Float128:
    return 'g';
  case BuiltinType::WChar_S:
  case BuiltinType::WChar_U:
    return Size == 4 ? 'w' : 't';
  case BuiltinType::Char8:
    return 'p';
  case BuiltinType::Char16:
    return 'q';
  case BuiltinType::Char32:
    return 'r';
  case BuiltinType::NullPtr:
    return 'u';
  default:
    return 0;
  }
}

void TypeWriter::putOther(QualType T, std::string &Out) {
  bool HasSize = !T->isIncompleteType() && !T->isFunctionType() && !T->isDependentType();
  uint64_t Size = HasSize ? Ctx->getTypeSizeInChars(T).getQuantity() : 0;
  Out += "Z" + std::to_string(Size) + "_";
  putName(Detail == TypeDetail::None ? "" : T.getAsString(policyOf(*Ctx)), Out);
}

// No members, and nothing of its bytes either.
static std::string hiddenMembers(uint64_t Size) { return "{!0.0Z" + std::to_string(Size) + "_0.}"; }

// What has sensitive members and cannot be described: as a record of which nothing is known but that.
void TypeWriter::putHidden(QualType T, std::string &Out) {
  uint64_t Size = Ctx->getTypeSizeInChars(T).getQuantity();
  std::string Name = "(" + std::to_string(Size) + " sensitive bytes)", Named;
  putName(Name, Named);
  Definitions[Name] = Named + "=S" + std::to_string(Size) + hiddenMembers(Size);
  Out += "N" + Named;
}

void TypeWriter::putBuiltin(const BuiltinType &T, std::string &Out) {
  if (char Letter = letterOf(T, *Ctx))
    Out += Letter;
  else
    putOther(QualType(&T, 0), Out);
}

// Inside a function type no definition is of use to anybody.
void TypeWriter::putFunction(const FunctionType &T, std::string &Out, unsigned Depth) {
  Out += 'F';
  put(T.getReturnType(), Out, Depth + 1);
  if (const auto *Proto = dyn_cast<FunctionProtoType>(&T)) {
    for (QualType P : Proto->param_types())
      put(P, Out, Depth + 1);
    if (Proto->isVariadic())
      Out += 'z';
    else if (Proto->param_types().empty() && !Ctx->getLangOpts().CPlusPlus)
      Out += 'v';
  }
  Out += 'E';
}

void TypeWriter::putTag(const TagDecl &D, std::string &Out, unsigned Depth) {
  const auto *Enum = dyn_cast<EnumDecl>(&D);
  if (Detail == TypeDetail::None) {
    if (Enum && !Enum->getIntegerType().isNull())
      return put(Enum->getIntegerType(), Out, Depth + 1);
    QualType T = Ctx->getTypeDeclType(&D);
    return holdsSensitive(T) ? putHidden(T, Out) : putOther(T, Out);
  }
  bool HasKeyword = !Ctx->getLangOpts().CPlusPlus && D.getIdentifier();
  Out += !HasKeyword ? 'N' : Enum ? 'G' : D.isUnion() ? 'U' : 'S';
  const std::string Name = nameOf(D);
  putName(Name, Out);
  if (const TagDecl *Definition = D.getDefinition())
    define(*Definition, Name, Detail == TypeDetail::Full);
}

// Typedef names of namespaces and of the program are kept, the outermost of several; those of classes only repeat the class. Arrays
// of parameters have decayed. True if T was replaced by what it stands for.
bool TypeWriter::putSugar(QualType &T, std::string &Out) {
  if (const auto *Typedef = dyn_cast<TypedefType>(T.getTypePtr())) {
    const TypedefNameDecl *D = Typedef->getDecl();
    const DeclContext *DC = D->getDeclContext()->getRedeclContext();
    putQualifiers(T.getLocalQualifiers(), Out);
    // A tag that has its name from the typedef needs it only once.
    const TagDecl *Named = D->getAnonDeclWithTypedefName();
    if (!Named && Detail != TypeDetail::None && (DC->isFileContext() || DC->isFunctionOrMethod())) {
      std::string Name;
      llvm::raw_string_ostream Stream(Name);
      D->printQualifiedName(Stream, policyOf(*Ctx));
      Out += 'T';
      putName(Stream.str(), Out);
      T = Typedef->desugar().getCanonicalType();
      return true;
    }
    T = Typedef->desugar();
    return true;
  }
  QualType Plain = T.getSingleStepDesugaredType(*Ctx);
  bool Changed = Plain != T;
  T = Plain;
  return Changed;
}

void TypeWriter::put(QualType T, std::string &Out, unsigned Depth) {
  if (Depth > MaxDepth)
    return holdsSensitive(T) ? putHidden(T, Out) : putOther(T, Out);
  while (!T.isCanonical() && putSugar(T, Out))
    continue;
  bool Bare = Detail == TypeDetail::None;
  if (!Bare)
    putQualifiers(T.getLocalQualifiers(), Out);
  const Type *Plain = T.getTypePtr();
  if (const auto *Builtin = dyn_cast<BuiltinType>(Plain))
    return putBuiltin(*Builtin, Out);
  if (const auto *Tag = dyn_cast<TagType>(Plain))
    return putTag(*Tag->getDecl(), Out, Depth);
  if (Plain->isAnyPointerType() || Plain->isReferenceType()) {
    Out += Plain->isAnyPointerType() ? 'P' : Plain->isRValueReferenceType() ? 'O' : 'R';
    QualType Pointee = Plain->getPointeeType();
    bool Text = Pointee->isCharType();
    return Bare && !Text ? void(Out += 'v') : put(Bare ? Pointee.getCanonicalType() : Pointee, Out, Depth + 1);
  }
  if (const auto *Atomic = dyn_cast<AtomicType>(Plain)) {
    Out += 'Q';
    return put(Atomic->getValueType(), Out, Depth + 1);
  }
  if (const auto *Complex = dyn_cast<ComplexType>(Plain)) {
    Out += 'C';
    return put(Complex->getElementType(), Out, Depth + 1);
  }
  if (const auto *Array = dyn_cast<ArrayType>(Plain)) {
    const auto *Constant = dyn_cast<ConstantArrayType>(Array);
    Out += "A" + std::to_string(Constant ? Constant->getSize().getZExtValue() : 0) + "_";
    return put(Array->getElementType(), Out, Depth + 1);
  }
  if (const auto *Vector = dyn_cast<VectorType>(Plain); Vector && !Vector->getElementType()->isBooleanType()) {
    Out += "H" + std::to_string(Vector->getNumElements()) + "_";
    return put(Vector->getElementType(), Out, Depth + 1);
  }
  if (const auto *Function = dyn_cast<FunctionType>(Plain))
    return putFunction(*Function, Out, Depth);
  putOther(T, Out);
}

// ---- definitions --------------------------------------------------------------------------------------------

std::string TypeWriter::enumDefinition(const EnumDecl &D) {
  std::string Out = "E";
  QualType Underlying = D.getIntegerType();
  put(Underlying.getCanonicalType(), Out, 0);
  Out += '{';
  for (const EnumConstantDecl *E : D.enumerators()) {
    putName(E->getNameAsString(), Out);
    llvm::SmallString<24> Digits;
    E->getInitVal().toString(Digits, 10);
    Out += Digits.str().str() + ";";
  }
  return Out + "}";
}

void TypeWriter::putMembers(const RecordDecl &D, std::string &Out) {
  const ASTRecordLayout &Layout = Ctx->getASTRecordLayout(&D);
  if (const auto *Class = dyn_cast<CXXRecordDecl>(&D)) {
    for (const CXXBaseSpecifier &Base : Class->bases()) {
      const auto *BaseClass = Base.getType()->getAsCXXRecordDecl();
      if (!BaseClass || Base.isVirtual() || BaseClass->isEmpty()) // where a virtual base stands, only the object knows
        continue;
      Out += "^" + std::to_string(Layout.getBaseClassOffset(BaseClass).getQuantity());
      put(Base.getType().getCanonicalType(), Out, 0);
    }
  }
  bool HidesAll = D.isUnion() && holdsSensitive(D); // its members are the same bytes
  for (const FieldDecl *F : D.fields()) {
    if (F->isBitField() && !F->getDeclName())
      continue;
    uint64_t Offset = Layout.getFieldOffset(F->getFieldIndex());
    if (HidesAll || Sensitive.contains(*F))
      Out += '!';
    putName(F->getNameAsString(), Out);
    if (F->isBitField())
      Out += ":" + std::to_string(Offset) + "," + std::to_string(F->getBitWidthValue(*Ctx));
    else
      Out += std::to_string(Offset / 8);
    put(F->getType(), Out, 0);
  }
}

// Where a virtual base stands, only the object knows: if it has sensitive members, they may be anywhere.
bool TypeWriter::hidesVirtualBase(const RecordDecl &D) {
  const auto *Class = dyn_cast<CXXRecordDecl>(&D);
  return Class && llvm::any_of(Class->vbases(), [this](const auto &Base) { return holdsSensitive(Base.getType()); });
}

std::string TypeWriter::recordDefinition(const RecordDecl &D, bool WithMembers) {
  uint64_t Size = Ctx->getASTRecordLayout(&D).getSize().getQuantity();
  std::string Out = (D.isUnion() ? "U" : D.isClass() ? "C" : "S") + std::to_string(Size);
  if (const auto *Instance = dyn_cast<ClassTemplateSpecializationDecl>(&D)) {
    const TemplateArgumentList &Arguments = Instance->getTemplateArgs();
    if (Arguments.size() && Arguments[0].getKind() == TemplateArgument::Type) {
      Out += '<';
      put(Arguments[0].getAsType(), Out, 0);
      Out += '>';
    }
  }
  if (!WithMembers || isOfLibrary(D) || hidesVirtualBase(D))
    return holdsSensitive(D) ? Out + hiddenMembers(Size) : Out;
  Out += '{';
  putMembers(D, Out);
  return Out + "}";
}

void TypeWriter::define(const TagDecl &D, const std::string &Name, bool WithMembers) {
  if (D.isInvalidDecl() || D.isDependentType() || !D.isCompleteDefinition())
    return;
  if (!Definitions.emplace(Name, "").second)
    return; // known, or on its way
  const auto *Enum = dyn_cast<EnumDecl>(&D);
  std::string Text = Enum ? enumDefinition(*Enum) : recordDefinition(cast<RecordDecl>(D), WithMembers);
  std::string Out;
  putName(Name, Out);
  Definitions[Name] = Out + "=" + Text;
}

} // namespace calltap
