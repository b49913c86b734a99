#include "services/audit/tiles.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>
#include <set>
#include <sstream>

#include "eventstore/base/errors.h"
#include "eventstore/base/id.h"
#include "eventstore/crypto/digest.h"
#include "eventstore/crypto/signature.h"
#include "eventstore/log/event_log.h"
#include "eventstore/merkle/note.h"
#include "eventstore/storage/environment.h"
#include "services/audit/verify/proof.h"
#include "tests/testing/seams.h"

namespace services::audit {
namespace {

namespace log = eventstore::log;
using eventstore::crypto::PrivateKey;
using eventstore::merkle::NoteAlgorithm;
using eventstore::merkle::NoteVerifier;
using testing::HasSubstr;

// Reads an exported log as somebody would who has the folder and the document
// (https://c2sp.org/tlog-tiles), and none of our code but SHA-256 and base64.
class Reader {
 public:
  explicit Reader(std::filesystem::path folder) : folder_(std::move(folder)) { ReadCheckpoint(); }

  uint64_t size() const { return size_; }
  const std::string& origin() const { return origin_; }
  const std::vector<std::string>& entries() const { return entries_; }

  // Reads every file that the size asks for, recomputes every hash in every tile, and at
  // last the root.
  void CheckAll() {
    ReadEntries();
    std::vector<std::string> row;
    for (const std::string& entry : entries_) {
      row.push_back(Hash(std::string(1, '\0') + entry));
    }
    const std::string computed = Root(row, 0, row.size());
    for (int level = 0; !row.empty(); ++level) {
      std::vector<std::string> above;
      for (size_t first = 0; first < row.size(); first += 256) {
        const size_t width = std::min<size_t>(256, row.size() - first);
        std::string expected;
        for (size_t i = first; i < first + width; ++i) expected += row[i];
        EXPECT_EQ(File("tile/" + std::to_string(level), first / 256, width), expected);
        if (width == 256) above.push_back(Root(row, first, first + 256));
      }
      row = above;
    }
    EXPECT_EQ(computed, root_);
    EXPECT_EQ(seen_, All()) << "there are files that the format does not have";
  }

 private:
  static std::string Hash(const std::string& bytes) {
    return eventstore::crypto::Sha256(bytes).bytes();
  }

  // MTH of RFC 6962, section 2.1, over hashes of leaves.
  static std::string Root(const std::vector<std::string>& row, size_t begin, size_t end) {
    if (begin == end) return Hash("");
    if (end - begin == 1) return row[begin];
    size_t split = 1;
    while (split * 2 < end - begin) split *= 2;
    return Hash("\1" + Root(row, begin, begin + split) + Root(row, begin + split, end));
  }

  std::string Read(const std::string& path) {
    seen_.insert(path);
    std::ifstream file(folder_ / path, std::ios::binary);
    EXPECT_TRUE(file.is_open()) << path;
    std::stringstream bytes;
    bytes << file.rdbuf();
    return bytes.str();
  }

  std::string File(const std::string& prefix, uint64_t index, uint64_t width) {
    char text[32];
    std::snprintf(text, sizeof(text), "%03d", static_cast<int>(index % 1000));
    std::string path = text;
    for (index /= 1000; index > 0; index /= 1000) {
      std::snprintf(text, sizeof(text), "x%03d/", static_cast<int>(index % 1000));
      path = text + path;
    }
    path = prefix + "/" + path;
    return Read(width == 256 ? path : path + ".p/" + std::to_string(width));
  }

  void ReadCheckpoint() {
    std::stringstream lines(Read("checkpoint"));
    std::string size;
    std::string root;
    std::getline(lines, origin_);
    std::getline(lines, size);
    std::getline(lines, root);
    size_ = std::stoull(size);
    root_ = *eventstore::crypto::FromBase64(root);
  }

  void ReadEntries() {
    for (uint64_t first = 0; first < size_; first += 256) {
      const uint64_t width = std::min<uint64_t>(256, size_ - first);
      const std::string bundle = File("tile/entries", first / 256, width);
      size_t at = 0;
      for (uint64_t i = 0; i < width; ++i) {
        ASSERT_LE(at + 2, bundle.size());
        const size_t length = static_cast<size_t>(static_cast<uint8_t>(bundle[at])) * 256 +
                              static_cast<uint8_t>(bundle[at + 1]);
        entries_.push_back(bundle.substr(at + 2, length));
        at += 2 + length;
      }
      EXPECT_EQ(at, bundle.size());
    }
  }

  std::set<std::string> All() const {
    std::set<std::string> all;
    for (const auto& file : std::filesystem::recursive_directory_iterator(folder_)) {
      if (file.is_regular_file()) {
        all.insert(std::filesystem::relative(file.path(), folder_).string());
      }
    }
    return all;
  }

  const std::filesystem::path folder_;
  std::string origin_;
  uint64_t size_ = 0;
  std::string root_;
  std::vector<std::string> entries_;
  std::set<std::string> seen_;
};

class TilesTest : public testing::Test {
 protected:
  TilesTest() {
    log::EventLog::Options options;
    options.directory = "/log";
    options.clock = &clock_;
    options.log_key = &key_;
    options.environment = environment_.get();
    log_ = *log::EventLog::Open(options);
    EXPECT_TRUE(log_->CreateFeed(feed_).ok());
  }

  // Until the feed holds `size` events.
  void GrowTo(uint64_t size) {
    while (log_->Size(feed_) < size) {
      log::AppendRequest request;
      request.request = ids_.New<log::RequestId>();
      request.request_digest = std::string(32, 'd');
      const uint64_t count = std::min<uint64_t>(1'000, size - log_->Size(feed_));
      for (uint64_t i = 0; i < count; ++i) {
        log::NewRecord record;
        record.feed = feed_;
        record.stream = ids_.New<log::StreamId>();
        record.id = ids_.New<log::EventId>();
        record.type = "assignment_published";
        record.payload = std::string(1 + i % 300, 'p');
        request.records.push_back(std::move(record));
      }
      const auto appended = log_->Append(std::move(request));
      ASSERT_TRUE(appended.ok()) << appended.status();
    }
  }

  // Writes the files as they come, pieces one after the other.
  std::filesystem::path Export(uint64_t* files = nullptr) {
    const auto folder =
        std::filesystem::path(testing::TempDir()) / ("tiles-" + std::to_string(log_->Size(feed_)));
    std::filesystem::remove_all(folder);
    std::set<std::string> paths;
    uint64_t total = 0;
    const auto status =
        ExportTiles(*log_, feed_, [&](const poolcirkel::api::v1::AuditTilesResponse& piece) {
          const auto path = folder / piece.path();
          std::filesystem::create_directories(path.parent_path());
          std::ofstream(path, std::ios::binary | std::ios::app) << piece.content();
          EXPECT_FALSE(paths.contains("checkpoint")) << "the checkpoint comes last";
          paths.insert(piece.path());
          total = piece.files_total();
          return absl::OkStatus();
        });
    EXPECT_TRUE(status.ok()) << status;
    EXPECT_EQ(paths.size(), total);
    if (files != nullptr) *files = total;
    return folder;
  }

  NoteVerifier Key() const {
    return {log::Origin(feed_), NoteAlgorithm::kEd25519, key_.public_key()};
  }

  tests::testing::ManualClock clock_;
  tests::testing::SeededEntropy entropy_{1};
  eventstore::base::IdGenerator ids_{clock_, entropy_};
  const PrivateKey key_ = *PrivateKey::FromSeed(std::string(32, 'k'));
  const log::FeedId feed_{*log::CircleId::FromBytes(std::string(32, 'c')),
                          *log::MemberId::FromBytes(std::string(16, 'm')), log::Epoch(3)};
  std::unique_ptr<eventstore::storage::Environment> environment_ =
      eventstore::storage::Environment::InMemory();
  std::unique_ptr<log::EventLog> log_;
};

TEST_F(TilesTest, AnIndependentReaderRecomputesEveryHashAndTheRoot) {
  for (const uint64_t size : {1, 2, 255, 256, 257, 512, 1'000}) {
    GrowTo(size);
    const auto folder = Export();
    Reader reader(folder);
    EXPECT_EQ(reader.size(), size);
    EXPECT_EQ(reader.origin(), log::Origin(feed_));
    reader.CheckAll();
    const auto events = log_->ReadFeed(feed_, log::Sequence(0), size);
    ASSERT_TRUE(events.ok());
    for (size_t i = 0; i < events->size(); ++i) EXPECT_EQ(reader.entries()[i], (*events)[i].bytes);
  }
}

TEST_F(TilesTest, AThirdLevelBeginsAtItsPlace) {
  GrowTo(65'537);
  uint64_t files = 0;
  const auto folder = Export(&files);
  EXPECT_EQ(files, 257U + 257 + 1 + 1 + 1);
  EXPECT_TRUE(std::filesystem::exists(folder / "tile/2/000.p/1"));
  Reader(folder).CheckAll();
}

TEST_F(TilesTest, NothingSignedIsNothingToExport) {
  const auto take = [](const auto&) { return absl::OkStatus(); };
  EXPECT_EQ(eventstore::base::DetailsOf(ExportTiles(*log_, feed_, take)).reason, "HEAD_UNKNOWN");
  EXPECT_EQ(eventstore::base::DetailsOf(ProveEvent(*log_, feed_, 0).status()).reason,
            "HEAD_UNKNOWN");
}

TEST_F(TilesTest, AProofIsVerifiedOffline) {
  GrowTo(300);
  for (const uint64_t sequence : {0, 17, 255, 256, 299}) {
    const auto proof = ProveEvent(*log_, feed_, sequence);
    ASSERT_TRUE(proof.ok()) << proof.status();
    EXPECT_THAT(proof->proof(), testing::StartsWith("c2sp.org/tlog-proof@v1\nindex " +
                                                    std::to_string(sequence) + "\n"));
    const auto report = verify::VerifyProof(proof->proof(), proof->record(), {Key()});
    EXPECT_TRUE(report.ok);
    EXPECT_THAT(report.claims[0].sentence,
                HasSubstr("nummer " + std::to_string(sequence) + " van het log"));
    // Of another record, and under another key.
    EXPECT_FALSE(verify::VerifyProof(proof->proof(), proof->record() + "x", {Key()}).ok);
    EXPECT_FALSE(verify::VerifyProof(proof->proof(), proof->record(), {}).ok);
    NoteVerifier other = Key();
    other.key = PrivateKey::FromSeed(std::string(32, 'o'))->public_key();
    EXPECT_FALSE(verify::VerifyProof(proof->proof(), proof->record(), {other}).ok);
  }
  EXPECT_EQ(eventstore::base::DetailsOf(ProveEvent(*log_, feed_, 300).status()).reason,
            "EVENT_UNKNOWN");
}

TEST_F(TilesTest, EverySingleBitOfAProofIsRefusedWhenItChanges) {
  GrowTo(300);
  const auto proof = ProveEvent(*log_, feed_, 123);
  ASSERT_TRUE(proof.ok());
  for (size_t bit = 0; bit < proof->proof().size() * 8; ++bit) {
    std::string flipped = proof->proof();
    flipped[bit / 8] = static_cast<char>(flipped[bit / 8] ^ (1 << bit % 8));
    EXPECT_FALSE(verify::VerifyProof(flipped, proof->record(), {Key()}).ok) << bit;
  }
}

}  // namespace
}  // namespace services::audit
