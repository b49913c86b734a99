#include <cstdlib>
#include <filesystem>

#include "eventstore/log/event_log.h"
#include "eventstore/storage/environment.h"
#include "google/protobuf/stubs/logging.h"
#include "services/peer/key_fetcher.h"
#include "services/peer/key_wants.h"
#include "tests/fuzz/targets/expect.h"
#include "tests/fuzz/targets/known.h"
#include "tests/fuzz/targets/targets.h"
#include "tests/testing/seams.h"

namespace tests::fuzz {
namespace {

namespace log = ::eventstore::log;
namespace membership = ::services::membership;
namespace peer = ::services::peer;
namespace privacy = ::eventstore::privacy;

// The one circle, as the third member sees it.
class OneCircle final : public membership::Circles {
 public:
  OneCircle() {
    auto circle = std::make_shared<membership::Circle>();
    circle->id = TheCircle().story.feed().circle;
    circle->self = TheCircle().people[2].id;
    circle->charter.ParseFromString(FirstCharter().charter());
    circle_ = std::move(circle);
  }
  std::vector<membership::CirclePtr> All() const override { return {circle_}; }
  membership::CirclePtr Find(const log::CircleId& id) const override {
    return id == circle_->id ? circle_ : nullptr;
  }
  absl::StatusOr<membership::CirclePtr> Resolve(std::string_view) const override { return circle_; }
  log::FeedId PrivateFeed() const override { return {}; }
  absl::Status Refresh() override { return absl::OkStatus(); }
  std::shared_ptr<void> OnChange(std::function<void()>) override { return nullptr; }

 private:
  membership::CirclePtr circle_;
};

// A node that holds the story, in which there is one stream: 16 times 's'.
struct Receiver {
  Receiver() {
    log::EventLog::Options options;
    options.directory = "/fuzz";
    options.clock = &clock;
    options.log_key = &TheCircle().people[2].key;
    options.environment = environment.get();
    auto opened = log::EventLog::Open(options);
    Expect(opened.ok(), "the log opens");
    log = *std::move(opened);
    const Story& story = TheCircle().story;
    Expect(log->StoreVerified(story.feed(), log::Sequence(0), story.records(),
                              story.Root(story.size()))
               .ok(),
           "the story is stored");
    std::string folder = std::filesystem::temp_directory_path() / "poolcirkel-fuzz-XXXXXX";
    Expect(::mkdtemp(folder.data()) != nullptr, "there is a place for the key file");
    auto key_file = privacy::KeyFile::Open(folder, entropy);
    Expect(key_file.ok(), "the key file opens");
    keys = *std::move(key_file);
  }

  testing::ManualClock clock;
  testing::SeededEntropy entropy{1};
  std::unique_ptr<eventstore::storage::Environment> environment =
      eventstore::storage::Environment::InMemory();
  std::unique_ptr<log::EventLog> log;
  std::unique_ptr<privacy::KeyFile> keys;
  OneCircle circles;
};

}  // namespace

// Class keys that a member hands out: only keys of its own streams are kept, whole, and of
// a class that is handed out.
void Keys(std::string_view input) {
  const google::protobuf::LogSilencer silencer;
  poolcirkel::peer::v1::FetchKeysResponse given;
  if (!given.ParseFromString(std::string(input))) return;
  static auto& receiver = *new Receiver();
  const Story& story = TheCircle().story;
  const peer::KeyMaker maker{story.feed().circle, story.feed().member};
  peer::KeyFetcher::Options options;
  options.log = receiver.log.get();
  options.circles = &receiver.circles;
  options.keys = receiver.keys.get();
  options.entropy = &receiver.entropy;
  options.fetch = [&](const peer::KeyMaker&, const poolcirkel::peer::v1::FetchKeysRequest&)
      -> absl::StatusOr<poolcirkel::peer::v1::FetchKeysResponse> { return given; };
  poolcirkel::peer::v1::FetchKeysRequest request;
  request.set_circle_id(maker.circle.bytes());
  poolcirkel::peer::v1::FetchKeysResponse response;
  const auto kept = peer::KeyFetcher::FetchNow(options, maker, request, &response);
  Expect(kept.ok(), "what is foreign is never an error of this node");
  for (const auto& key : receiver.keys->KeysOf(maker.circle)) {
    Expect(key.id.bytes() == std::string(16, 's'), "a key of a stream that is not the maker's");
    Expect(key.made_by == maker.member, "a key of another maker");
    Expect(key.secret.size() == 32, "a key that is none");
    Expect(key.key_class == poolcirkel::log::v1::KEY_CLASS_PERSON ||
               key.key_class == poolcirkel::log::v1::KEY_CLASS_EXCHANGE,
           "a key of a class that is not handed out");
  }
}

// Which keys a foreign payload makes this node ask for.
void KeyNames(std::string_view input) {
  const google::protobuf::LogSilencer silencer;
  const auto named = peer::KeysNamedIn(input);
  Expect(named.keys.size() * 16 <= input.size(), "every name stands in the payload");
  for (const auto& key : named.keys) {
    Expect(input.find(key.view()) != std::string_view::npos, "a name that does not stand there");
  }
}

}  // namespace tests::fuzz
