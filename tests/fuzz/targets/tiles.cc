#include "eventstore/merkle/tiles.h"

#include "tests/fuzz/targets/expect.h"
#include "tests/fuzz/targets/reader.h"
#include "tests/fuzz/targets/targets.h"

namespace tests::fuzz {

namespace merkle = ::eventstore::merkle;

// The files of C2SP tlog-tiles: paths, hashes and entries. Input: what it is, a width, and
// its bytes.
void Tiles(std::string_view input) {
  Reader reader(input);
  const int kind = reader.Byte() % 3;
  const uint64_t width = uint64_t{reader.Byte()} + 1;
  if (kind == 0) {
    const auto path = merkle::ParseTlogPath(reader.rest());
    if (!path.ok()) return;
    Expect(merkle::FormatTlogPath(*path) == reader.rest(), "a path has one form");
    Expect(reader.rest().find("..") == std::string_view::npos, "a path stays in its folder");
  } else if (kind == 1) {
    const auto tile = merkle::ParseTile(reader.rest(), width);
    if (!tile.ok()) return;
    Expect(tile->size() == width, "a tile has the width that was asked for");
    Expect(merkle::FormatTile(*tile) == reader.rest(), "a tile has one form");
  } else {
    const auto entries = merkle::ParseEntries(reader.rest(), width);
    if (!entries.ok()) return;
    Expect(entries->size() == width, "a bundle has the width that was asked for");
    std::string bundle;
    for (const std::string_view entry : *entries) merkle::AppendEntry(bundle, entry);
    Expect(bundle == reader.rest(), "a bundle has one form");
  }
}

}  // namespace tests::fuzz
