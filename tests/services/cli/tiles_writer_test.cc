#include "services/cli/tiles_writer.h"

#include <gtest/gtest.h>

#include <filesystem>

#include "eventstore/base/file.h"
#include "eventstore/crypto/signature.h"
#include "eventstore/merkle/note.h"
#include "eventstore/merkle/tiles.h"

namespace services::cli {
namespace {

namespace merkle = eventstore::merkle;

class TilesWriterTest : public ::testing::Test {
 protected:
  TilesWriterTest() : folder_(::testing::TempDir() + "tiles-writer"), writer_(folder_) {
    std::filesystem::remove_all(folder_);
  }

  absl::Status Take(const std::string& path, const std::string& content) {
    return Take(writer_, path, content);
  }
  static absl::Status Take(TilesWriter& writer, const std::string& path,
                           const std::string& content) {
    poolcirkel::api::v1::AuditTilesResponse piece;
    piece.set_path(path);
    piece.set_content(content);
    return writer.Take(piece);
  }
  bool Exists(const std::string& path) const {
    return std::filesystem::exists(folder_ + "/" + path);
  }

  // A signed checkpoint of a log with just this entry.
  static std::string Checkpoint(const std::string& entry) {
    merkle::Note note{merkle::FormatCheckpoint({"log", 1, merkle::LeafHash(entry), ""}), {}};
    merkle::SignNote(note, "log", *eventstore::crypto::PrivateKey::FromSeed(std::string(32, 'k')));
    return merkle::FormatNote(note);
  }

  const std::string folder_;
  TilesWriter writer_;
};

TEST_F(TilesWriterTest, WritesTheFilesAndTheCheckpointLast) {
  std::string entries;
  merkle::AppendEntry(entries, "een");
  ASSERT_TRUE(Take("tile/entries/000.p/1", entries.substr(0, 2)).ok());
  ASSERT_TRUE(Take("tile/entries/000.p/1", entries.substr(2)).ok());
  ASSERT_TRUE(Take("tile/0/000.p/1", merkle::FormatTile({merkle::LeafHash("een")})).ok());
  ASSERT_TRUE(Take("checkpoint", Checkpoint("een")).ok());
  EXPECT_FALSE(Exists("checkpoint"));
  ASSERT_TRUE(writer_.Finish().ok());
  EXPECT_EQ(writer_.files(), 3U);
  EXPECT_EQ(writer_.events(), 1U);
  EXPECT_EQ(*eventstore::base::ReadFile(folder_ + "/tile/entries/000.p/1", 100), entries);
  EXPECT_TRUE(Exists("checkpoint"));
}

TEST_F(TilesWriterTest, WritesNowhereElse) {
  for (const char* path :
       {"../buiten", "tile/entries/../../../buiten", "/tmp/buiten", "tile/0/x"}) {
    TilesWriter writer(folder_);
    poolcirkel::api::v1::AuditTilesResponse piece;
    piece.set_path(path);
    piece.set_content("x");
    EXPECT_TRUE(writer.Take(piece).ok());
    EXPECT_EQ(writer.Finish().code(), absl::StatusCode::kDataLoss) << path;
  }
  EXPECT_FALSE(std::filesystem::exists(::testing::TempDir() + "buiten"));
  EXPECT_FALSE(std::filesystem::exists(folder_));
}

TEST_F(TilesWriterTest, RefusesACheckpointOfOtherEntries) {
  std::string entries;
  merkle::AppendEntry(entries, "een");
  ASSERT_TRUE(Take("tile/entries/000.p/1", entries).ok());
  ASSERT_TRUE(Take("checkpoint", Checkpoint("twee")).ok());
  EXPECT_EQ(writer_.Finish().code(), absl::StatusCode::kDataLoss);
  EXPECT_FALSE(Exists("checkpoint"));
}

TEST_F(TilesWriterTest, AFolderHoldsOneLog) {
  const auto put = [&](TilesWriter& writer, const std::string& event) {
    std::string entries;
    merkle::AppendEntry(entries, event);
    return Take(writer, "tile/entries/000.p/1", entries).ok() &&
           Take(writer, "checkpoint", Checkpoint(event)).ok();
  };
  ASSERT_TRUE(put(writer_, "een"));
  ASSERT_TRUE(writer_.Finish().ok());
  TilesWriter again(folder_);
  ASSERT_TRUE(put(again, "een"));
  EXPECT_TRUE(again.Finish().ok());
  TilesWriter other(folder_);
  EXPECT_FALSE(put(other, "twee"));
  EXPECT_EQ(*eventstore::base::ReadFile(folder_ + "/checkpoint", 1000), Checkpoint("een"));
}

TEST_F(TilesWriterTest, AnExportWithoutACheckpointIsNone) {
  EXPECT_EQ(writer_.Finish().code(), absl::StatusCode::kDataLoss);
}

}  // namespace
}  // namespace services::cli
