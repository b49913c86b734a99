#include "eventstore/merkle/tiles.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace eventstore::merkle {
namespace {

using testing::ElementsAre;
using Kind = TlogFile::Kind;

std::vector<std::string> PathsOf(uint64_t size) {
  std::vector<std::string> paths;
  for (const TlogFile& file : TlogFilesOf(size)) paths.push_back(FormatTlogPath(file));
  return paths;
}

TEST(TlogPath, RoundTrips) {
  const std::vector<std::pair<const char*, TlogFile>> cases = {
      {"checkpoint", {Kind::kCheckpoint, {0, 0}, 0}},
      {"tile/0/000", {Kind::kTile, {0, 0}, 256}},
      {"tile/63/x001/x234/067.p/255", {Kind::kTile, {63, 1'234'067}, 255}},
      {"tile/entries/000.p/1", {Kind::kEntries, {0, 0}, 1}},
      {"tile/entries/x999/999", {Kind::kEntries, {0, 999'999}, 256}},
      {"tile/0/x018/x446/x744/x073/x709/x551/615",
       {Kind::kTile, {0, 18'446'744'073'709'551'615U}, 256}},
  };
  for (const auto& [path, file] : cases) {
    EXPECT_EQ(FormatTlogPath(file), path);
    const auto parsed = ParseTlogPath(path);
    ASSERT_TRUE(parsed.ok()) << path;
    EXPECT_EQ(*parsed, file) << path;
  }
}

TEST(TlogPath, RefusesEverythingElse) {
  for (const char* path : {"",
                           "/checkpoint",
                           "checkpoint/",
                           "Checkpoint",
                           "tile",
                           "tile/",
                           "tile/0",
                           "tile/0/",
                           "tile/00/000",
                           "tile/64/000",
                           "tile/-1/000",
                           "tile/+1/000",
                           "tile/x/000",
                           "tile/0/0",
                           "tile/0/00",
                           "tile/0/0000",
                           "tile/0/x000/000",
                           "tile/0/001/000",
                           "tile/0/x001/x000",
                           "tile/0/x01/000",
                           "tile/0/000/",
                           "tile/0//000",
                           "tile/0/000.p",
                           "tile/0/000.p/",
                           "tile/0/000.p/0",
                           "tile/0/000.p/256",
                           "tile/0/000.p/01",
                           "tile/0/000.p/1/",
                           "tile/0/000.p/1.p/1",
                           "tile/entries/../000",
                           "../checkpoint",
                           "tile/0/../../000",
                           "tile/entries/000\n",
                           "tile/entries/ 000",
                           "tile/entries/x",
                           "tile/entries/00x",
                           "tile/0/x018/x446/x744/x073/x709/x551/616",
                           "tile/0/x018/x446/x744/x073/x709/x551/x615/000"}) {
    EXPECT_EQ(ParseTlogPath(path).status().code(), absl::StatusCode::kInvalidArgument) << path;
  }
  EXPECT_FALSE(ParseTlogPath(std::string_view("checkpoint\0", 11)).ok());
}

TEST(TlogFiles, AreThoseOfTheSpecification) {
  EXPECT_THAT(PathsOf(0), ElementsAre("checkpoint"));
  EXPECT_THAT(PathsOf(1), ElementsAre("tile/entries/000.p/1", "tile/0/000.p/1", "checkpoint"));
  EXPECT_THAT(PathsOf(256),
              ElementsAre("tile/entries/000", "tile/0/000", "tile/1/000.p/1", "checkpoint"));
  EXPECT_THAT(PathsOf(257), ElementsAre("tile/entries/000", "tile/entries/001.p/1", "tile/0/000",
                                        "tile/0/001.p/1", "tile/1/000.p/1", "checkpoint"));
  // "A tree of size 70,000": 273 full level 0 tiles and one of 112, one full level 1 tile
  // and one of 17, and one level 2 tile of 1 (https://c2sp.org/tlog-tiles).
  std::map<std::pair<uint32_t, uint64_t>, int> tiles;
  for (const TlogFile& file : TlogFilesOf(70'000)) {
    if (file.kind == Kind::kTile) ++tiles[{file.id.level, file.width}];
  }
  const std::map<std::pair<uint32_t, uint64_t>, int> expected = {
      {{0, 256}, 273}, {{0, 112}, 1}, {{1, 256}, 1}, {{1, 17}, 1}, {{2, 1}, 1}};
  EXPECT_EQ(tiles, expected);
}

TEST(TlogTile, RoundTripsAndHasItsWidth) {
  const Tile tile = {LeafHash("a"), LeafHash("b")};
  const std::string bytes = FormatTile(tile);
  EXPECT_EQ(bytes.size(), 64U);
  EXPECT_EQ(*ParseTile(bytes, 2), tile);
  for (const uint64_t width : {0, 1, 3, 256, 257}) EXPECT_FALSE(ParseTile(bytes, width).ok());
  EXPECT_FALSE(ParseTile(bytes.substr(1), 2).ok());
}

TEST(TlogEntries, AreLengthPrefixed) {
  std::string bundle;
  AppendEntry(bundle, "abc");
  AppendEntry(bundle, "");
  AppendEntry(bundle, std::string(65'535, 'x'));
  EXPECT_EQ(bundle.substr(0, 7), std::string("\0\3abc\0\0", 7));
  const auto entries = ParseEntries(bundle, 3);
  ASSERT_TRUE(entries.ok()) << entries.status();
  EXPECT_EQ((*entries)[0], "abc");
  EXPECT_EQ((*entries)[1], "");
  EXPECT_EQ((*entries)[2].size(), 65'535U);
  for (const uint64_t width : {0, 1, 2, 4}) EXPECT_FALSE(ParseEntries(bundle, width).ok());
  EXPECT_FALSE(ParseEntries(bundle + "x", 3).ok());
  EXPECT_FALSE(ParseEntries(bundle.substr(0, bundle.size() - 1), 3).ok());
  EXPECT_FALSE(ParseEntries(std::string("\0", 1), 1).ok());
}

}  // namespace
}  // namespace eventstore::merkle
