#include <unistd.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>

#include "google/protobuf/stubs/logging.h"
#include "google/protobuf/util/message_differencer.h"
#include "services/access/json.h"
#include "services/access/tokens.h"
#include "tests/fuzz/targets/expect.h"
#include "tests/fuzz/targets/targets.h"
#include "tests/testing/seams.h"

namespace tests::fuzz {

namespace access = ::services::access;

// One JSON object: what was read can be written, and reads back the same.
void Json(std::string_view input) {
  const google::protobuf::LogSilencer silencer;
  const auto object = access::ParseJson(std::string(input));
  if (!object.has_value()) return;
  const std::string line = access::ToJson(*object);
  Expect(line.find('\n') == std::string::npos, "an object stands on one line");
  const auto again = access::ParseJson(line);
  Expect(again.has_value(), "what was written can be read");
  // The order of its fields is not its own.
  Expect(google::protobuf::util::MessageDifferencer::Equals(*object, *again),
         "it reads back the same");
  for (const auto& [name, value] : object->fields()) {
    const auto number = access::GetNumber(*object, name);
    Expect(!number.has_value() || (*number >= 0 && *number <= int64_t{1} << 53),
           "a number is exact");
  }
}

// The file of tokens, and a token that somebody shows: never accepted by a file that was
// not made with it, and never more than the bound.
void Tokens(std::string_view input) {
  const google::protobuf::LogSilencer silencer;
  static const std::string& path =
      *new std::string(std::filesystem::temp_directory_path() /
                       ("poolcirkel-fuzz-tokens-" + std::to_string(::getpid()) + ".json"));
  std::ofstream(path, std::ios::binary | std::ios::trunc)
      .write(input.data(), static_cast<std::streamsize>(input.size()));
  testing::SeededEntropy entropy(1);
  const absl::Time now = absl::FromUnixSeconds(1'800'000'000);
  const auto store = access::TokenStore::Open(path, entropy);
  if (store.ok()) {
    const auto tokens = (*store)->List();
    Expect(tokens.ok(), "what opened can be listed");
    Expect(tokens->size() <= access::TokenStore::kMaximumTokens, "tokens are bounded");
    Expect(!(*store)->Authenticate(input, now).ok(), "a file is no token");
    for (const auto& token : *tokens) {
      Expect(!(*store)->Authenticate(token.id, now).ok(), "an id is no token");
      Expect(!token.user.empty() && token.user.size() <= 100, "a user has a name");
    }
  }
  std::error_code ignored;
  std::filesystem::remove(path, ignored);
}

}  // namespace tests::fuzz
