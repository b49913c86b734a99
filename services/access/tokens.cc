// The file is one JSON object, {"format": 1, "tokens": [...]}, times in milliseconds
// since 1970 UTC; expires_at_milliseconds 0: never; circle "": the whole node.
#include "services/access/tokens.h"

#include <algorithm>
#include <utility>

#include "eventstore/base/errors.h"
#include "eventstore/base/file.h"
#include "eventstore/base/text.h"
#include "services/access/json.h"

namespace services::access {
namespace {

namespace base = eventstore::base;
namespace crypto = eventstore::crypto;
namespace log = eventstore::log;
using google::protobuf::Struct;

constexpr std::string_view kPrefix = "pc_";
constexpr size_t kSecretBytes = 32;
constexpr size_t kIdBytes = 8;
constexpr size_t kMaximumNameBytes = 100;
constexpr size_t kMaximumFileBytes = 16 * 1024 * 1024;
constexpr int64_t kFormat = 1;

absl::Status Refused(const char* reason, const char* message) {
  return base::Refusal(absl::StatusCode::kUnauthenticated, reason, message)
      .Remedy("vraag de beheerder van het knooppunt om een nieuw toegangsbewijs");
}

absl::Status Damaged(const std::string& path) {
  return base::Refusal(absl::StatusCode::kDataLoss, "TOKENS_DAMAGED",
                       "het bestand met toegangsbewijzen is onleesbaar: " + path)
      .Remedy("zet het terug uit een reservekopie");
}

bool IsName(const std::string& text) {
  return text.size() <= kMaximumNameBytes && base::IsPlainText(text);
}

bool IsUser(const std::string& text) { return !text.empty() && IsName(text); }

bool MayBeForNode(Role role) { return role == Role::kAuditor || role == Role::kAdmin; }

absl::Status CheckRequest(const TokenRequest& request) {
  std::vector<absl::Status> found;
  if (!IsUser(request.user)) {
    found.push_back(base::InvalidField("user", "1 tot 100 bytes tekst, zonder stuurtekens"));
  }
  if (!IsName(request.member)) {
    found.push_back(base::InvalidField("member", "hoogstens 100 bytes tekst, zonder stuurtekens"));
  }
  if (!request.circle && !MayBeForNode(request.role)) {
    found.push_back(base::InvalidField("circle", "deze rol is voor één poolcirkel: noem haar"));
  }
  if (request.valid_for <= absl::ZeroDuration()) {
    found.push_back(base::InvalidField("valid_for", "langer dan nul"));
  }
  return base::Join(found);
}

void Put(Struct& object, const TokenInfo& info, const crypto::Digest& hash) {
  SetText(object, "id", info.id);
  SetText(object, "user", info.user);
  SetText(object, "role", std::string(RoleName(info.role)));
  SetText(object, "member", info.member);
  SetText(object, "circle", info.circle ? base::ToText(*info.circle) : "");
  SetNumber(object, "created_at_milliseconds", absl::ToUnixMillis(info.created_at));
  SetNumber(object, "expires_at_milliseconds",
            info.expires_at == absl::InfiniteFuture() ? 0 : absl::ToUnixMillis(info.expires_at));
  SetTruth(object, "revoked", info.revoked);
  SetText(object, "sha256", base::ToText(hash));
}

template <typename Id>
std::optional<Id> IdFromHex(const std::string& hex) {
  const auto bytes = base::FromHex(hex);
  if (!bytes.ok()) return std::nullopt;
  const auto id = Id::FromBytes(*bytes);
  return id.ok() ? std::optional<Id>(*id) : std::nullopt;
}

// The token and its hash; nothing when a part is missing or has no sense.
std::optional<std::pair<TokenInfo, crypto::Digest>> Read(const Struct& object) {
  const auto id = GetText(object, "id");
  const auto user = GetText(object, "user");
  const auto role = ParseRole(GetText(object, "role").value_or(""));
  const auto member = GetText(object, "member");
  const auto circle = GetText(object, "circle");
  const auto created_at = GetNumber(object, "created_at_milliseconds");
  const auto expires_at = GetNumber(object, "expires_at_milliseconds");
  const auto revoked = GetTruth(object, "revoked");
  const auto hash = IdFromHex<crypto::Digest>(GetText(object, "sha256").value_or(""));
  if (!id || !user || !role || !member || !circle || !created_at || !expires_at || !revoked ||
      !hash) {
    return std::nullopt;
  }
  TokenInfo info{.id = *id, .user = *user, .role = *role, .member = *member, .circle = {}};
  if (id->size() != 2 * kIdBytes || !IsUser(*user) || !IsName(*member)) return std::nullopt;
  if (!circle->empty()) {
    info.circle = IdFromHex<log::CircleId>(*circle);
    if (!info.circle) return std::nullopt;
  } else if (!MayBeForNode(*role)) {
    return std::nullopt;
  }
  info.created_at = absl::FromUnixMillis(*created_at);
  if (*expires_at != 0) info.expires_at = absl::FromUnixMillis(*expires_at);
  info.revoked = *revoked;
  return std::pair(std::move(info), *hash);
}

}  // namespace

std::string TokenStore::Encode(const Tokens& tokens) {
  Struct file;
  SetNumber(file, "format", kFormat);
  auto* list = (*file.mutable_fields())["tokens"].mutable_list_value();
  for (const auto& [id, token] : tokens) {
    Put(*list->add_values()->mutable_struct_value(), token.info, token.hash);
  }
  return ToJson(file, /*indented=*/true);
}

absl::StatusOr<TokenStore::Tokens> TokenStore::Decode(const std::string& text) {
  const absl::Status malformed = absl::DataLossError("");
  const auto file = ParseJson(text);
  if (!file || GetNumber(*file, "format") != kFormat) return malformed;
  const auto list = file->fields().find("tokens");
  if (list == file->fields().end() || !list->second.has_list_value()) return malformed;
  Tokens tokens;
  for (const auto& value : list->second.list_value().values()) {
    auto read = value.has_struct_value() ? Read(value.struct_value()) : std::nullopt;
    if (!read || tokens.size() >= kMaximumTokens) return malformed;
    const std::string id = read->first.id;
    if (!tokens.emplace(id, Token{std::move(read->first), read->second}).second) return malformed;
  }
  return tokens;
}

absl::StatusOr<std::unique_ptr<TokenStore>> TokenStore::Open(const std::string& path,
                                                             base::Entropy& entropy) {
  auto store = std::unique_ptr<TokenStore>(new TokenStore(path, entropy));
  const base::MutexLock lock(store->mutex_);
  RETURN_IF_ERROR(store->Refresh());
  return store;
}

absl::Status TokenStore::Refresh() {
  // Asked first: when the file changes in between it is read once too often.
  const std::string version = base::FileVersion(path_);
  if (version == file_version_) return absl::OkStatus();
  const auto text = base::ReadFile(path_, kMaximumFileBytes);
  Tokens tokens;
  if (text.ok()) {
    auto decoded = Decode(*text);
    if (!decoded.ok()) return Damaged(path_);
    tokens = *std::move(decoded);
  } else if (!absl::IsNotFound(text.status())) {
    return text.status();
  }
  tokens_ = std::move(tokens);
  file_version_ = version;
  return absl::OkStatus();
}

absl::Status TokenStore::Save(Tokens tokens) {
  RETURN_IF_ERROR(base::WriteFileDurably(path_, Encode(tokens), base::FileAccess::kOwnerOnly));
  tokens_ = std::move(tokens);
  file_version_ = base::FileVersion(path_);
  return absl::OkStatus();
}

absl::StatusOr<IssuedToken> TokenStore::Issue(const TokenRequest& request, absl::Time now) {
  RETURN_IF_ERROR(CheckRequest(request));
  const base::MutexLock lock(mutex_);
  ASSIGN_OR_RETURN(const auto file_lock, base::FileLock::Take(path_ + ".lock"));
  RETURN_IF_ERROR(Refresh());
  if (tokens_.size() >= kMaximumTokens) {
    return base::Refusal(absl::StatusCode::kResourceExhausted, "TOO_MANY_TOKENS",
                         "er zijn al 10.000 toegangsbewijzen")
        .Remedy("begin een nieuw bestand met toegangsbewijzen");
  }
  IssuedToken issued;
  issued.text = std::string(kPrefix) + base::ToHex(entropy_.Bytes(kSecretBytes));
  // In whole milliseconds, as the file keeps them.
  const absl::Time created_at = absl::FromUnixMillis(absl::ToUnixMillis(now));
  issued.info = {.id = base::ToHex(entropy_.Bytes(kIdBytes)),
                 .user = request.user,
                 .role = request.role,
                 .member = request.member,
                 .circle = request.circle,
                 .created_at = created_at};
  if (request.valid_for < absl::Hours(24) * 36525) {
    issued.info.expires_at = absl::FromUnixMillis(absl::ToUnixMillis(now + request.valid_for));
  }
  Tokens tokens = tokens_;
  tokens[issued.info.id] = {issued.info, crypto::Sha256(issued.text)};
  RETURN_IF_ERROR(Save(std::move(tokens)));
  return issued;
}

absl::StatusOr<Principal> TokenStore::Authenticate(std::string_view text, absl::Time now) {
  const crypto::Digest hash = crypto::Sha256(text);
  const base::MutexLock lock(mutex_);
  RETURN_IF_ERROR(Refresh());
  const Token* found = nullptr;
  for (const auto& [id, token] : tokens_) {
    if (crypto::ConstantTimeEqual(token.hash.view(), hash.view())) found = &token;
  }
  if (found == nullptr) return Refused("TOKEN_UNKNOWN", "dit toegangsbewijs is niet bekend");
  const TokenInfo& info = found->info;
  if (info.revoked) return Refused("TOKEN_REVOKED", "dit toegangsbewijs is ingetrokken");
  if (now >= info.expires_at) return Refused("TOKEN_EXPIRED", "dit toegangsbewijs is verlopen");
  return Principal{.token_id = info.id,
                   .user = info.user,
                   .role = info.role,
                   .member = info.member,
                   .circle = info.circle};
}

absl::Status TokenStore::Revoke(std::string_view id) {
  const base::MutexLock lock(mutex_);
  ASSIGN_OR_RETURN(const auto file_lock, base::FileLock::Take(path_ + ".lock"));
  RETURN_IF_ERROR(Refresh());
  Tokens tokens = tokens_;
  const auto found = tokens.find(std::string(id));
  if (found == tokens.end()) {
    return base::Refusal(absl::StatusCode::kNotFound, "TOKEN_ID_UNKNOWN",
                         "er is geen toegangsbewijs met dit nummer")
        .Remedy("kijk met `poolcirkel token list` welke er zijn");
  }
  if (found->second.info.revoked) return absl::OkStatus();
  found->second.info.revoked = true;
  return Save(std::move(tokens));
}

absl::Status TokenStore::ForgetProfessional(std::string_view user) {
  const base::MutexLock lock(mutex_);
  ASSIGN_OR_RETURN(const auto file_lock, base::FileLock::Take(path_ + ".lock"));
  RETURN_IF_ERROR(Refresh());
  Tokens tokens = tokens_;
  const size_t forgotten = std::erase_if(tokens, [user](const auto& entry) {
    return entry.second.info.role == Role::kProfessional && entry.second.info.user == user;
  });
  return forgotten == 0 ? absl::OkStatus() : Save(std::move(tokens));
}

absl::StatusOr<std::vector<TokenInfo>> TokenStore::List() {
  const base::MutexLock lock(mutex_);
  RETURN_IF_ERROR(Refresh());
  std::vector<TokenInfo> infos;
  for (const auto& [id, token] : tokens_) infos.push_back(token.info);
  std::stable_sort(infos.begin(), infos.end(), [](const TokenInfo& a, const TokenInfo& b) {
    return a.created_at < b.created_at;
  });
  return infos;
}

}  // namespace services::access
