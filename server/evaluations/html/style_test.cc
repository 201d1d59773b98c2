#include "server/evaluations/html/style.h"

#include <array>
#include <cmath>
#include <map>
#include <regex>
#include <string>
#include <vector>

#include "gtest/gtest.h"

namespace tunegate::evaluations::html {
namespace {

using Rgb = std::array<double, 3>;  // 0 to 255
using Palette = std::map<std::string, std::string>;

// The variables of the `index`-th :root block: light first, then dark.
Palette PaletteAt(int index) {
  const std::string sheet(StyleSheet());
  size_t at = 0;
  for (int i = 0; i <= index; ++i) at = sheet.find(":root {", at) + 1;
  const std::string block = sheet.substr(at, sheet.find('}', at) - at);
  Palette palette;
  const std::regex variable("--([a-z-]+): ([^;]+);");
  for (std::sregex_iterator it(block.begin(), block.end(), variable), end; it != end; ++it) {
    palette[(*it)[1]] = (*it)[2];
  }
  return palette;
}

Rgb Colour(const Palette& palette, const std::string& name) {
  const std::string text = palette.at(name);
  Rgb rgb;
  if (text[0] == '#') {
    for (int i = 0; i < 3; ++i) rgb[i] = std::stoi(text.substr(1 + 2 * i, 2), nullptr, 16);
  } else {
    EXPECT_EQ(std::sscanf(text.c_str(), "%lf, %lf, %lf", &rgb[0], &rgb[1], &rgb[2]), 3) << text;
  }
  return rgb;
}

Rgb Over(const Rgb& ground, const Rgb& colour, double alpha) {
  Rgb mixed;
  for (int i = 0; i < 3; ++i) mixed[i] = colour[i] * alpha + ground[i] * (1 - alpha);
  return mixed;
}

// WCAG 2.2's relative luminance and contrast ratio.
double Luminance(const Rgb& rgb) {
  const auto linear = [](double part) {
    const double share = part / 255;
    return share <= 0.04045 ? share / 12.92 : std::pow((share + 0.055) / 1.055, 2.4);
  };
  return 0.2126 * linear(rgb[0]) + 0.7152 * linear(rgb[1]) + 0.0722 * linear(rgb[2]);
}

double Contrast(const Rgb& a, const Rgb& b) {
  const double la = Luminance(a), lb = Luminance(b);
  return (std::max(la, lb) + 0.05) / (std::min(la, lb) + 0.05);
}

constexpr double kText = 4.5;
constexpr double kDrawing = 3;

class PaletteTest : public ::testing::TestWithParam<int> {
 protected:
  void ExpectContrast(const std::string& colour, const std::vector<std::string>& grounds,
                      double least) {
    for (const std::string& ground : grounds) {
      EXPECT_GE(Contrast(Colour(palette_, colour), Colour(palette_, ground)), least)
          << colour << " on " << ground;
    }
  }
  const Palette palette_ = PaletteAt(GetParam());
};

TEST_P(PaletteTest, TextCanBeRead) {
  ExpectContrast("ink", {"page", "card", "faint", "go-wash", "no-wash", "open-wash"}, kText);
  ExpectContrast("soft", {"page", "card", "go-wash", "no-wash", "open-wash"}, kText);
  ExpectContrast("new", {"page", "card"}, kText);
  ExpectContrast("go", {"card", "go-wash"}, kText);
  ExpectContrast("no", {"card", "no-wash", "faint"}, kText);
  ExpectContrast("open", {"card", "go-wash", "no-wash", "open-wash"}, kText);
}

TEST_P(PaletteTest, DrawingsCanBeSeen) {
  ExpectContrast("old", {"card", "go-wash"}, kDrawing);
  ExpectContrast("new", {"card", "go-wash", "no-wash", "open-wash"}, kDrawing);
}

TEST_P(PaletteTest, FiguresInTheDarkestCellsOfAHeatMapCanBeRead) {
  const std::string sheet(StyleSheet());
  const std::regex cell("\\.[gw][0-9]+\\{background:rgba\\(var\\(--([a-z]+-rgb)\\),(\\.[0-9]+)\\)");
  int cells = 0;
  for (std::sregex_iterator it(sheet.begin(), sheet.end(), cell), end; it != end; ++it, ++cells) {
    const Rgb ground =
        Over(Colour(palette_, "card"), Colour(palette_, (*it)[1]), std::stod((*it)[2]));
    EXPECT_GE(Contrast(Colour(palette_, "ink"), ground), kText) << (*it)[0];
  }
  EXPECT_EQ(cells, 20);
}

INSTANTIATE_TEST_SUITE_P(LightAndDark, PaletteTest, ::testing::Values(0, 1));

TEST(StyleTest, ThePolicyLetsOnlyThisSheetIn) {
  const std::string policy = ContentSecurityPolicy();
  EXPECT_EQ(policy.find("default-src 'none'; style-src 'sha256-"), 0u);
  EXPECT_EQ(policy.find("unsafe"), std::string::npos);
  const std::string sheet(StyleSheet());
  EXPECT_EQ(sheet.find("url("), std::string::npos);
  EXPECT_EQ(sheet.find("@import"), std::string::npos);
}

}  // namespace
}  // namespace tunegate::evaluations::html
