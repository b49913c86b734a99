#include "tests/fuzz/targets/receiver.h"

#include <cstdlib>
#include <filesystem>

#include "tests/fuzz/targets/expect.h"

namespace tests::fuzz {

namespace log = ::eventstore::log;

OneCircle::OneCircle() {
  auto circle = std::make_shared<services::membership::Circle>();
  circle->id = TheCircle().story.feed().circle;
  circle->self = TheCircle().people[2].id;
  circle->charter.ParseFromString(FirstCharter().charter());
  circle_ = std::move(circle);
}

Receiver::Receiver(const Story& story) {
  log::EventLog::Options options;
  options.directory = "/fuzz";
  options.clock = &clock;
  options.log_key = &TheCircle().people[2].key;
  options.environment = environment.get();
  auto opened = log::EventLog::Open(options);
  Expect(opened.ok(), "the log opens");
  log = *std::move(opened);
  Expect(
      log->StoreVerified(story.feed(), log::Sequence(0), story.records(), story.Root(story.size()))
          .ok(),
      "the story is stored");
  std::string folder = std::filesystem::temp_directory_path() / "poolcirkel-fuzz-XXXXXX";
  Expect(::mkdtemp(folder.data()) != nullptr, "there is a place for the key file");
  auto key_file = eventstore::privacy::KeyFile::Open(folder, entropy);
  Expect(key_file.ok(), "the key file opens");
  keys = *std::move(key_file);
}

}  // namespace tests::fuzz
