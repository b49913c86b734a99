#include "eventstore/merkle/tree.h"

#include <gtest/gtest.h>

#include <set>

#include "tests/eventstore/merkle/reference.h"

namespace eventstore::merkle {
namespace {

// Around every width where a tile or a level begins.
constexpr uint64_t kEdges[] = {255, 256, 257, 258, 259, 260, 511, 512, 513};
constexpr uint64_t kSmall = 70;

TEST(Hash, OfALeafIsNotThatOfANode) {
  const Digest left = LeafHash("l");
  const Digest right = LeafHash("r");
  EXPECT_NE(NodeHash(left, right), LeafHash(left.bytes() + right.bytes()));
  EXPECT_NE(NodeHash(left, right), NodeHash(right, left));
  EXPECT_EQ(LeafHash(""), crypto::Sha256(std::string_view("\0", 1)));
  EXPECT_EQ(EmptyRoot(), crypto::Sha256(""));
}

TEST(TilePath, IsThatOfTlogTiles) {
  EXPECT_EQ(TilePath({0, 0}, 256), "tile/0/000");
  EXPECT_EQ(TilePath({1, 0}, 1), "tile/1/000.p/1");
  EXPECT_EQ(TilePath({0, 999}, 255), "tile/0/999.p/255");
  EXPECT_EQ(TilePath({2, 1000}, 256), "tile/2/x001/000");
  EXPECT_EQ(TilePath({0, 1234067}, 256), "tile/0/x001/x234/067");
}

TEST(Frontier, HasTheRootOfEverySize) {
  ReferenceTree reference;
  TileMap tiles;
  EXPECT_EQ(tiles.frontier().Root(), EmptyRoot());
  for (uint64_t size = 1; size <= 600; ++size) {
    tiles.GrowTo(size);
    ASSERT_EQ(tiles.frontier().size(), size);
    ASSERT_EQ(tiles.frontier().Root(), reference.Root(0, size)) << size;
  }
}

TEST(Frontier, NeverHashesAPartialTileUpward) {
  TileMap tiles;
  for (uint64_t size = 1; size <= 1030; ++size) {
    tiles.GrowTo(size);
    ASSERT_EQ(tiles.full().size(), size / 256) << size;
    ASSERT_EQ(tiles.frontier().Unfinished(0).size(), size % 256);
    ASSERT_EQ(tiles.frontier().Unfinished(1).size(), size / 256);
    ASSERT_TRUE(tiles.frontier().Unfinished(2).empty());
  }
}

TEST(Frontier, OfTwoHundredFiftySixHasAFullTileAndOneHashAbove) {
  ReferenceTree reference;
  TileMap tiles;
  tiles.GrowTo(256);
  ASSERT_EQ(tiles.full().size(), 1U);
  EXPECT_EQ(tiles.full().begin()->first, (TileId{0, 0}));
  EXPECT_EQ(tiles.full().begin()->second.size(), kTileWidth);
  EXPECT_TRUE(tiles.frontier().Unfinished(0).empty());
  EXPECT_EQ(tiles.frontier().Unfinished(1), Tile{reference.Root(0, 256)});
}

// The example of the specification.
TEST(Frontier, OfSeventyThousandHasTheTilesOfTlogTiles) {
  ReferenceTree reference;
  TileMap tiles;
  tiles.GrowTo(70000);
  std::map<uint32_t, uint64_t> full;
  for (const auto& [id, tile] : tiles.full()) {
    EXPECT_EQ(id.index, full[id.level]++);  // none is missing
    EXPECT_EQ(tile.size(), kTileWidth);
  }
  EXPECT_EQ(full, (std::map<uint32_t, uint64_t>{{0, 273}, {1, 1}}));
  EXPECT_EQ(tiles.frontier().Unfinished(0).size(), 112U);
  EXPECT_EQ(tiles.frontier().Unfinished(1).size(), 17U);
  EXPECT_EQ(tiles.frontier().Unfinished(2), Tile{reference.Root(0, 65536)});
  EXPECT_TRUE(tiles.frontier().Unfinished(3).empty());
  EXPECT_TRUE(tiles.frontier().Unfinished(99).empty());
  EXPECT_EQ(tiles.full().at({0, 7})[3], ReferenceTree::Leaf(7 * 256 + 3));
  EXPECT_EQ(tiles.full().at({1, 0})[200], reference.Root(200 * 256, 201 * 256));
}

TEST(Frontier, CopyIsASnapshot) {
  TileMap tiles;
  tiles.GrowTo(300);
  const Frontier snapshot = tiles.frontier();
  const Digest root = snapshot.Root();
  tiles.GrowTo(301);
  EXPECT_EQ(snapshot.size(), 300U);
  EXPECT_EQ(snapshot.Root(), root);
  EXPECT_NE(tiles.frontier().Root(), root);
}

std::vector<Tile> UnfinishedOf(const Frontier& frontier, uint32_t levels) {
  std::vector<Tile> unfinished;
  for (uint32_t level = 0; level < levels; ++level) {
    unfinished.push_back(frontier.Unfinished(level));
  }
  return unfinished;
}

TEST(Frontier, GrowsOnAfterRestoring) {
  ReferenceTree reference;
  TileMap tiles;
  for (const uint64_t size : {0, 1, 70, 255, 256, 257, 511, 512, 600, 65535, 65536, 65537}) {
    tiles.GrowTo(size);
    auto restored = Frontier::Restore(size, UnfinishedOf(tiles.frontier(), 3));
    ASSERT_TRUE(restored.ok()) << restored.status();
    EXPECT_EQ(restored->Root(), tiles.frontier().Root()) << size;
    std::vector<Frontier::FullTile> finished;
    for (uint64_t i = size; i < size + 300; ++i) restored->Append(ReferenceTree::Leaf(i), finished);
    EXPECT_EQ(restored->Root(), reference.Root(0, size + 300)) << size;
    ASSERT_FALSE(finished.empty());
    EXPECT_EQ(finished.front().id, (TileId{0, size / 256}));
  }
}

TEST(Frontier, RestoresOnlyWhatFitsTheSize) {
  TileMap tiles;
  tiles.GrowTo(300);
  const std::vector<Tile> good = UnfinishedOf(tiles.frontier(), 2);
  EXPECT_TRUE(Frontier::Restore(300, good).ok());
  std::vector<Tile> padded = good;
  padded.resize(12);
  EXPECT_TRUE(Frontier::Restore(300, padded).ok());
  const auto refused = [](uint64_t size, const std::vector<Tile>& unfinished) {
    return Frontier::Restore(size, unfinished).status().code() ==
           absl::StatusCode::kInvalidArgument;
  };
  for (const uint64_t size : {0, 1, 44, 299, 301, 556, 65836}) EXPECT_TRUE(refused(size, good));
  EXPECT_TRUE(refused(300, {}));
  EXPECT_TRUE(refused(300, {good[0]}));
  EXPECT_TRUE(refused(300, {good[0], good[1], good[1]}));
  padded[11] = good[1];
  EXPECT_TRUE(refused(300, padded));
}

// All smaller sizes, indexes and pairs, from the tiles of a larger tree.
TEST(Tiles, GiveEveryRootAndProofOfSmallTrees) {
  ReferenceTree reference;
  TileMap tiles;
  tiles.GrowTo(kSmall);
  const FetchTile fetch = tiles.Fetch();
  EXPECT_EQ(*RootAt(0, fetch), EmptyRoot());
  for (uint64_t size = 1; size <= kSmall; ++size) {
    ASSERT_EQ(*RootAt(size, fetch), reference.Root(0, size)) << size;
    for (uint64_t i = 0; i < size; ++i) {
      ASSERT_EQ(*InclusionProof(i, size, fetch), reference.Path(i, 0, size)) << i << "/" << size;
      ASSERT_EQ(*ConsistencyProof(i + 1, size, fetch), reference.Subproof(i + 1, 0, size, true))
          << i + 1 << "/" << size;
    }
  }
}

TEST(Tiles, GiveEveryRootAndProofAroundTheirEdges) {
  ReferenceTree reference;
  TileMap tiles;
  tiles.GrowTo(600);
  const FetchTile fetch = tiles.Fetch();
  for (const uint64_t size : kEdges) {
    ASSERT_EQ(*RootAt(size, fetch), reference.Root(0, size)) << size;
    for (uint64_t i = 0; i < size; ++i) {
      ASSERT_EQ(*InclusionProof(i, size, fetch), reference.Path(i, 0, size)) << i << "/" << size;
      ASSERT_EQ(*ConsistencyProof(i + 1, size, fetch), reference.Subproof(i + 1, 0, size, true))
          << i + 1 << "/" << size;
    }
  }
}

TEST(Tiles, GiveRootsAndProofsAroundAThirdLevel) {
  ReferenceTree reference;
  TileMap tiles;
  tiles.GrowTo(66000);
  const FetchTile fetch = tiles.Fetch();
  std::set<uint64_t> some = {0, 1, 127, 128, 255, 256, 4095, 32767, 32768, 65279, 65280, 65534};
  for (uint64_t i = 100; i < 65535; i = i * 3 + 1) some.insert(i);
  for (const uint64_t size : {65535, 65536, 65537, 65793, 66000}) {
    ASSERT_EQ(*RootAt(size, fetch), reference.Root(0, size)) << size;
    some.insert(size - 1);
    for (const uint64_t i : some) {
      if (i >= size) continue;
      ASSERT_EQ(*InclusionProof(i, size, fetch), reference.Path(i, 0, size)) << i << "/" << size;
      ASSERT_EQ(*ConsistencyProof(i + 1, size, fetch), reference.Subproof(i + 1, 0, size, true))
          << i + 1 << "/" << size;
    }
  }
}

TEST(Tiles, AreFetchedOnceAndAsTheTreeOfThatSizeHasThem) {
  TileMap tiles;
  tiles.GrowTo(66000);
  for (const uint64_t size : {1000, 65537, 65900}) {
    for (const uint64_t index : {uint64_t{0}, uint64_t{777}, size - 1}) {
      const size_t before = tiles.fetched().size();
      ASSERT_TRUE(InclusionProof(index, size, tiles.Fetch()).ok());
      ASSERT_TRUE(RootAt(size, tiles.Fetch()).ok());
      std::map<TileId, int> times;
      for (size_t i = before; i < tiles.fetched().size(); ++i) {
        const auto& [id, width] = tiles.fetched()[i];
        const uint64_t hashes = size >> (8 * id.level);
        EXPECT_EQ(width, std::min<uint64_t>(256, hashes - id.index * 256));
        EXPECT_LE(++times[id], 2);  // once for the proof and once for the root
      }
      EXPECT_LE(times.size(), 6U);  // two for each level at most
    }
  }
}

TEST(Tiles, RefuseWhatDoesNotExist) {
  TileMap tiles;
  tiles.GrowTo(10);
  const FetchTile fetch = tiles.Fetch();
  const auto invalid = absl::StatusCode::kInvalidArgument;
  EXPECT_EQ(InclusionProof(0, 0, fetch).status().code(), invalid);
  EXPECT_EQ(InclusionProof(10, 10, fetch).status().code(), invalid);
  EXPECT_EQ(ConsistencyProof(0, 0, fetch).status().code(), invalid);
  EXPECT_EQ(ConsistencyProof(0, 10, fetch).status().code(), invalid);
  EXPECT_EQ(ConsistencyProof(10, 9, fetch).status().code(), invalid);
  EXPECT_TRUE(tiles.fetched().empty());
}

TEST(Tiles, PassOnWhatFetchingGives) {
  TileMap tiles;
  tiles.GrowTo(10);
  EXPECT_EQ(RootAt(11, tiles.Fetch()).status().code(), absl::StatusCode::kOutOfRange);
  const FetchTile narrow = [](TileId, uint64_t width) -> absl::StatusOr<Tile> {
    return Tile(width - 1);
  };
  const FetchTile wide = [](TileId, uint64_t width) -> absl::StatusOr<Tile> {
    return Tile(width + 1);
  };
  EXPECT_EQ(RootAt(5, narrow).status().code(), absl::StatusCode::kDataLoss);
  EXPECT_EQ(InclusionProof(2, 5, wide).status().code(), absl::StatusCode::kDataLoss);
  EXPECT_EQ(ConsistencyProof(2, 5, narrow).status().code(), absl::StatusCode::kDataLoss);
}

// Sizes that a hostile peer may name; the tiles are made up on the spot.
TEST(Tiles, ManageTheLargestTrees) {
  const FetchTile zeros = [](TileId, uint64_t width) -> absl::StatusOr<Tile> {
    return Tile(width);
  };
  const uint64_t largest = ~uint64_t{0};
  EXPECT_TRUE(RootAt(largest, zeros).ok());
  EXPECT_EQ(InclusionProof(0, largest, zeros)->size(), 64U);
  EXPECT_EQ(InclusionProof(largest - 1, largest, zeros)->size(), 63U);
  EXPECT_TRUE(ConsistencyProof(largest - 1, largest, zeros).ok());
  EXPECT_TRUE(ConsistencyProof(uint64_t{1} << 63, largest, zeros).ok());
}

}  // namespace
}  // namespace eventstore::merkle
