// JSON Schema by RapidJSON's SchemaDocument. It trusts its schemas (a "$ref" in a circle overflows
// its stack, one that leads nowhere accepts everything), so Compile looks at the references first.
#include <memory>

#include "absl/strings/str_cat.h"
#include "common/errors.h"
#include "common/json.h"
#include "common/utf8.h"
#include "rapidjson/document.h"
#include "rapidjson/pointer.h"
#include "rapidjson/schema.h"
#include "rapidjson/stringbuffer.h"

namespace tunegate::json {
namespace {

constexpr char kInvalidSchema[] = "INVALID_SCHEMA";

const rapidjson::Value* ReferenceOf(const rapidjson::Value& value) {
  if (!value.IsObject()) return nullptr;
  const auto at = value.FindMember("$ref");
  return at != value.MemberEnd() && at->value.IsString() ? &at->value : nullptr;
}

// Follows `value`'s "$ref", and that of its target, to a schema without one.
absl::Status FollowReference(const rapidjson::Value& value, const rapidjson::Document& root) {
  constexpr int kMaxSteps = 32;
  const rapidjson::Value* at = &value;
  for (int step = 0; step < kMaxSteps; ++step) {
    const rapidjson::Value* reference = ReferenceOf(*at);
    if (reference == nullptr) return absl::OkStatus();
    const std::string text(reference->GetString(), reference->GetStringLength());
    const rapidjson::Pointer pointer(text.data(), text.size());
    if (!text.starts_with('#') || !pointer.IsValid() || (at = pointer.Get(root)) == nullptr ||
        !at->IsObject()) {
      return InvalidArgument(kInvalidSchema,
                             absl::StrCat("the schema's \"$ref\" \"", text,
                                          "\" names no object in it; write a path such as "
                                          "\"#/definitions/name\" that exists"));
    }
  }
  return InvalidArgument(
      kInvalidSchema, absl::StrCat("the schema's \"$ref\" \"", ReferenceOf(value)->GetString(),
                                   "\" leads in a circle; end it in a schema without a \"$ref\""));
}

// The depth is bounded by Parse.
absl::Status CheckReferences(const rapidjson::Value& value, const rapidjson::Document& root) {
  TG_RETURN_IF_ERROR(FollowReference(value, root));
  if (value.IsObject()) {
    for (const auto& member : value.GetObject()) {
      TG_RETURN_IF_ERROR(CheckReferences(member.value, root));
    }
  } else if (value.IsArray()) {
    for (const auto& element : value.GetArray()) {
      TG_RETURN_IF_ERROR(CheckReferences(element, root));
    }
  }
  return absl::OkStatus();
}

// Feeds `value` to a RapidJSON handler; false as soon as it refuses.
template <typename Handler>
bool Feed(const Value& value, Handler& handler) {
  const auto size = [](const auto& items) {
    return static_cast<rapidjson::SizeType>(items.size());
  };
  if (value.IsObject()) {
    if (!handler.StartObject()) return false;
    for (const auto& [key, member] : value.Members()) {
      if (!handler.Key(key.data(), size(key), true) || !Feed(member, handler)) return false;
    }
    return handler.EndObject(size(value.Members()));
  }
  if (value.IsArray()) {
    if (!handler.StartArray()) return false;
    for (const Value& element : value.Elements()) {
      if (!Feed(element, handler)) return false;
    }
    return handler.EndArray(size(value.Elements()));
  }
  if (value.IsString()) return handler.String(value.String().data(), size(value.String()), true);
  if (value.IsInteger()) {
    // As RapidJSON's own reader does: its "enum" tells signed from unsigned.
    const int64_t i = value.IntegerOr(0);
    return i >= 0 ? handler.Uint64(static_cast<uint64_t>(i)) : handler.Int64(i);
  }
  if (value.IsNumber()) return handler.Double(value.NumberOr(0));
  if (value.IsBool()) return handler.Bool(value.BoolOr(false));
  return handler.Null();
}

// The part of `root` that `pointer` names, or null.
const Value& Resolve(const Value& root, const rapidjson::Pointer& pointer) {
  static const Value* const null = new Value();
  const Value* at = &root;
  for (size_t i = 0; i < pointer.GetTokenCount(); ++i) {
    const auto& token = pointer.GetTokens()[i];
    if (at->IsArray()) {
      if (token.index >= at->Elements().size()) return *null;
      at = &at->Elements()[token.index];
    } else {
      at = &(*at)[{token.name, token.length}];
    }
  }
  return *at;
}

// The required names that `object` lacks, or the keyword's value: what would have been right.
std::string Expectation(std::string_view keyword, const Value& rule, const Value& found) {
  if (rule.IsNull()) return "";
  if (keyword == "required") {
    std::string missing;
    for (const Value& name : rule.Elements()) {
      if (found.Find(name.String()) == nullptr) {
        absl::StrAppend(&missing, missing.empty() ? "" : ", ", Write(name));
      }
    }
    return absl::StrCat(": missing ", missing);
  }
  constexpr size_t kMaxShown = 200;
  return absl::StrCat(": ", Abbreviate(Write(rule), kMaxShown));
}

}  // namespace

struct Schema::Compiled {
  Compiled(Value schema, const rapidjson::Document& document)
      : source(std::move(schema)), rules(document) {}
  Value source;  // for messages
  rapidjson::SchemaDocument rules;
};

absl::StatusOr<Schema> Schema::Compile(std::string_view schema) {
  TG_ASSIGN_OR_RETURN(Value source, Parse(schema));
  if (!source.IsObject()) {
    return InvalidArgument(kInvalidSchema, absl::StrCat("a JSON Schema is an object, this is ",
                                                        std::string(source.TypeName())));
  }
  rapidjson::Document document;
  document.Parse(schema.data(), schema.size());
  if (document.HasParseError()) {
    return InvalidArgument(kInvalidSchema, "the schema holds a number beyond a double's range");
  }
  TG_RETURN_IF_ERROR(CheckReferences(document, document));
  return Schema(std::make_shared<const Compiled>(std::move(source), document));
}

absl::Status Schema::Validate(std::string_view text) const {
  TG_ASSIGN_OR_RETURN(const Value value, Parse(text));
  return ValidateValue(value);
}

absl::Status Schema::ValidateValue(const Value& value) const {
  rapidjson::SchemaValidator validator(compiled_->rules);
  if (Feed(value, validator) && validator.IsValid()) return absl::OkStatus();
  const rapidjson::Pointer where = validator.GetInvalidDocumentPointer();
  rapidjson::StringBuffer path;
  where.Stringify(path);
  const char* keyword = validator.GetInvalidSchemaKeyword();
  const std::string rule = keyword != nullptr ? keyword : "schema";
  const Value& expected = Resolve(compiled_->source, validator.GetInvalidSchemaPointer())[rule];
  const std::string place = path.GetSize() == 0 ? "the whole value" : path.GetString();
  return InvalidArgument("SCHEMA_VIOLATION",
                         absl::StrCat(place, " breaks \"", rule, "\"",
                                      Expectation(rule, expected, Resolve(value, where))))
      .Metadata("path", path.GetString())
      .Metadata("keyword", rule);
}

}  // namespace tunegate::json
