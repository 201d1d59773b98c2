#include "common/evidence/answers/graders/json_containment.h"

#include <gtest/gtest.h>

#include <string>

#include "absl/strings/str_cat.h"
#include "common/evidence/answers/graders/grader_fixture.h"

namespace tunegate::graders {
namespace {

using fixture::Json;

// So many members that they are found by an index.
std::string Object(int first, int end) {
  std::string text = "{";
  for (int i = first; i < end; ++i)
    absl::StrAppend(&text, i == first ? "" : ",", "\"", i, "\":", i);
  return text + "}";
}

TEST(SameJsonTest, AgreesWithEqualityOnSmallAndLargeObjects) {
  const char* const values[] = {"null", "1",      "1.0",         "\"1\"",         "[]",
                                "[1]",  "[1, 1]", R"({"a":1})",  R"({"a":null})", R"({"b":1})",
                                "{}",   "true",   R"({"a":[1]})"};
  for (const char* a : values) {
    for (const char* b : values) {
      EXPECT_EQ(SameJson(Json(a), Json(b)), Json(a) == Json(b)) << a << " " << b;
    }
  }
  EXPECT_TRUE(SameJson(Json(Object(0, 50)), Json(Object(0, 50))));
  EXPECT_FALSE(SameJson(Json(Object(0, 50)), Json(Object(1, 51))));
  EXPECT_FALSE(SameJson(Json(Object(0, 50)), Json(Object(0, 51))));
}

TEST(ContainsJsonTest, LargeObjectsHoldSmallOnes) {
  EXPECT_TRUE(ContainsJson(Json(Object(0, 50)), Json(Object(10, 40))));
  EXPECT_FALSE(ContainsJson(Json(Object(10, 40)), Json(Object(0, 50))));
  EXPECT_FALSE(ContainsJson(Json(Object(0, 50)), Json(R"({"7":8})")));
}

TEST(ContainsJsonTest, WhatIsTheSameIsContained) {
  for (const char* value : {"null", "0", "\"\"", "[]", "{}", R"([{"a":[{"b":1}]},2])"}) {
    EXPECT_TRUE(ContainsJson(Json(value), Json(value))) << value;
  }
}

}  // namespace
}  // namespace tunegate::graders
