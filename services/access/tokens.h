#pragma once

#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "eventstore/base/entropy.h"
#include "eventstore/base/mutex.h"
#include "eventstore/crypto/digest.h"
#include "eventstore/log/types.h"
#include "services/access/roles.h"

namespace services::access {

// A token as it is kept: all but its text.
struct TokenInfo {
  std::string id;  // 16 hexadecimal digits
  std::string user;
  Role role = Role::kProfessional;
  std::string member = {};  // short name of the member whose node it is for
  std::optional<eventstore::log::CircleId> circle = {};  // nothing: the whole node
  absl::Time created_at = {};
  absl::Time expires_at = absl::InfiniteFuture();
  bool revoked = false;
};

struct TokenRequest {
  std::string user = {};  // 1..100 bytes of text
  Role role = Role::kProfessional;
  std::string member = {};  // up to 100 bytes of text
  // Must be set, except for the roles auditor and admin.
  std::optional<eventstore::log::CircleId> circle = {};
  // More than zero; for ever by default.
  absl::Duration valid_for = absl::InfiniteDuration();
};

struct IssuedToken {
  std::string text;  // "pc_" and 64 hexadecimal digits; shown once, kept nowhere
  TokenInfo info;
};

// Who makes a call.
struct Principal {
  std::string token_id;
  std::string user;
  Role role = Role::kProfessional;
  std::string member = {};
  std::optional<eventstore::log::CircleId> circle = {};  // nothing: the whole node
};

// The users of one node. Tokens are 32 random bytes of which the file holds only
// the SHA-256. Several processes may use one file: a change made by another is seen
// by the next call. Thread-safe.
class TokenStore {
 public:
  static constexpr size_t kMaximumTokens = 10'000;

  // Opens the file at `path`, or starts empty when there is none. DATA_LOSS when it
  // is damaged. `entropy` must outlive the result.
  static absl::StatusOr<std::unique_ptr<TokenStore>> Open(const std::string& path,
                                                          eventstore::base::Entropy& entropy);

  // INVALID_ARGUMENT on a field; RESOURCE_EXHAUSTED at kMaximumTokens. On disk before
  // it returns.
  absl::StatusOr<IssuedToken> Issue(const TokenRequest& request, absl::Time now)
      ABSL_LOCKS_EXCLUDED(mutex_);

  // UNAUTHENTICATED with the reason TOKEN_UNKNOWN, TOKEN_EXPIRED or TOKEN_REVOKED. The
  // time it takes does not tell how much of a wrong token was right.
  absl::StatusOr<Principal> Authenticate(std::string_view text, absl::Time now)
      ABSL_LOCKS_EXCLUDED(mutex_);

  // NOT_FOUND TOKEN_ID_UNKNOWN. OK when it was revoked before. Holds for the next call.
  absl::Status Revoke(std::string_view id) ABSL_LOCKS_EXCLUDED(mutex_);

  // Takes out every token of a professional by that name, as if it had never been. OK when
  // there is none.
  absl::Status ForgetProfessional(std::string_view user) ABSL_LOCKS_EXCLUDED(mutex_);

  // By time of creation, then id; revoked and expired ones too.
  absl::StatusOr<std::vector<TokenInfo>> List() ABSL_LOCKS_EXCLUDED(mutex_);

 private:
  struct Token {
    TokenInfo info;
    eventstore::crypto::Digest hash;
  };
  using Tokens = std::map<std::string, Token>;  // by id

  TokenStore(std::string path, eventstore::base::Entropy& entropy)
      : path_(std::move(path)), entropy_(entropy) {}

  static std::string Encode(const Tokens& tokens);
  static absl::StatusOr<Tokens> Decode(const std::string& text);
  absl::Status Refresh() ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  absl::Status Save(Tokens tokens) ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);

  const std::string path_;
  eventstore::base::Entropy& entropy_;
  eventstore::base::Mutex mutex_;
  Tokens tokens_ ABSL_GUARDED_BY(mutex_);
  std::string file_version_ ABSL_GUARDED_BY(mutex_) = "never read";
};

}  // namespace services::access
