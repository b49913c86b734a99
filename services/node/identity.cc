#include "services/node/identity.h"

#include <filesystem>
#include <system_error>

#include "absl/strings/str_cat.h"
#include "eventstore/base/errors.h"
#include "eventstore/base/file.h"
#include "eventstore/base/id.h"
#include "eventstore/crypto/certificate.h"

namespace services::node {
namespace {

namespace base = ::eventstore::base;
namespace crypto = ::eventstore::crypto;
namespace log = ::eventstore::log;

constexpr size_t kMaximumKeyFileSize = 64 * 1024;
constexpr absl::Duration kCertificateLifetime = absl::Hours(24 * 3650);
// Clocks of two members differ; a certificate made just now is valid at both.
constexpr absl::Duration kCertificateBackdate = absl::Hours(24);

crypto::CertificateRequest RequestFor(const Config& config, const base::Clock& clock) {
  crypto::CertificateRequest request;
  request.organisation = config.member.organisation;
  request.oin = config.member.oin;
  request.not_before = clock.Now() - kCertificateBackdate;
  request.not_after = clock.Now() + kCertificateLifetime;
  return request;
}

bool LooksLikeIpAddress(const std::string& name) {
  return name.find(':') != std::string::npos ||
         name.find_first_not_of("0123456789.") == std::string::npos;
}

absl::Status WriteKeyPair(const crypto::CertificateRequest& request, const std::string& key_path,
                          const std::string& certificate_path) {
  ASSIGN_OR_RETURN(const auto pair, crypto::MakeCertificate(request));
  RETURN_IF_ERROR(
      base::WriteFileDurably(key_path, pair.private_key_pem, base::FileAccess::kOwnerOnly));
  return base::WriteFileDurably(certificate_path, pair.certificate_pem);
}

// Two lines: the private feed's random circle id and member id.
std::string FormatPrivateFeed(base::Entropy& entropy) {
  return absl::StrCat(base::ToHex(entropy.Bytes(log::CircleId::kSize)), "\n",
                      base::ToHex(entropy.Bytes(log::MemberId::kSize)), "\n");
}

// What a node that ran leaves beside its keys. Without it a folder is that of an `init`
// that was cut off.
bool HasRun(const Paths& paths) {
  std::error_code error;
  return std::filesystem::exists(paths.Log(), error) ||
         std::filesystem::exists(paths.KeptCircles(), error);
}

absl::Status IdentityMissing(const Paths& paths) {
  return base::Refusal(absl::StatusCode::kFailedPrecondition, "IDENTITY_MISSING",
                       absl::StrCat("het bestand ", paths.Identity(),
                                    " is er niet, maar de sleutels en het logboek van dit lid wel"))
      .Remedy("zet het terug uit de reservekopie van de sleutels; init zou de sleutels vervangen");
}

absl::StatusOr<log::FeedId> ParsePrivateFeed(const std::string& text) {
  constexpr size_t kCircleDigits = 2 * log::CircleId::kSize;
  constexpr size_t kMemberDigits = 2 * log::MemberId::kSize;
  if (text.size() != kCircleDigits + kMemberDigits + 2) {
    return base::Refusal(absl::StatusCode::kDataLoss, "IDENTITY_DAMAGED",
                         "het bestand `identity` in de datamap is beschadigd")
        .Remedy("zet het terug uit de reservekopie van de sleutels");
  }
  log::FeedId feed;
  ASSIGN_OR_RETURN(const std::string circle, base::FromHex(text.substr(0, kCircleDigits)));
  ASSIGN_OR_RETURN(const std::string member,
                   base::FromHex(text.substr(kCircleDigits + 1, kMemberDigits)));
  ASSIGN_OR_RETURN(feed.circle, log::CircleId::FromBytes(circle));
  ASSIGN_OR_RETURN(feed.member, log::MemberId::FromBytes(member));
  return feed;
}

absl::StatusOr<std::string> ReadSecret(const std::string& path) {
  ASSIGN_OR_RETURN(const bool owner_only, base::IsOwnerOnly(path));
  if (!owner_only) {
    return base::Refusal(absl::StatusCode::kFailedPrecondition, "KEY_FILE_OPEN",
                         absl::StrCat("anderen kunnen de sleutel ", path, " lezen"))
        .Remedy(absl::StrCat("chmod 600 ", path));
  }
  return base::ReadFile(path, kMaximumKeyFileSize);
}

}  // namespace

absl::Status InitialiseDataDirectory(const Config& config, const base::Clock& clock,
                                     base::Entropy& entropy) {
  const Paths paths(config.data_directory);
  if (base::ReadFile(paths.Identity(), kMaximumKeyFileSize).ok()) {
    return base::Refusal(absl::StatusCode::kAlreadyExists, "ALREADY_INITIALISED",
                         absl::StrCat(paths.root, " is al ingericht"))
        .Remedy("start het knooppunt, of kies een andere data_directory");
  }
  if (HasRun(paths)) return IdentityMissing(paths);
  RETURN_IF_ERROR(base::MakeFolders(paths.ClassKeys()));
  const auto log_key = crypto::PrivateKey::Generate(entropy);
  RETURN_IF_ERROR(
      base::WriteFileDurably(paths.LogKey(), log_key.Seed(), base::FileAccess::kOwnerOnly));

  crypto::CertificateRequest request = RequestFor(config, clock);
  RETURN_IF_ERROR(WriteKeyPair(request, paths.PeerKey(), paths.PeerCertificate()));
  for (const auto& name : config.api.names) {
    (LooksLikeIpAddress(name) ? request.ip_addresses : request.dns_names).push_back(name);
  }
  RETURN_IF_ERROR(WriteKeyPair(request, paths.ApiKey(), paths.ApiCertificate()));
  // The last: a directory without it is not initialised and may be made again.
  return base::WriteFileDurably(paths.Identity(), FormatPrivateFeed(entropy));
}

absl::Status MakeLogKey(const Config& config, base::Entropy& entropy) {
  const Paths paths(config.data_directory);
  RETURN_IF_ERROR(base::ReadFile(paths.Identity(), kMaximumKeyFileSize).status());
  const auto present = base::ReadFile(paths.LogKey(), kMaximumKeyFileSize);
  if (!absl::IsNotFound(present.status())) {
    return base::Refusal(absl::StatusCode::kAlreadyExists, "LOG_KEY_EXISTS",
                         absl::StrCat("er staat al een logsleutel in ", paths.LogKey()))
        .Remedy("wissel hem met `poolcirkel circle rotate-key`");
  }
  const auto log_key = crypto::PrivateKey::Generate(entropy);
  return base::WriteFileDurably(paths.LogKey(), log_key.Seed(), base::FileAccess::kOwnerOnly);
}

absl::StatusOr<Identity> LoadIdentity(const std::string& data_directory) {
  const Paths paths(data_directory);
  const auto private_feed = base::ReadFile(paths.Identity(), kMaximumKeyFileSize);
  if (absl::IsNotFound(private_feed.status())) {
    if (HasRun(paths)) return IdentityMissing(paths);
    return base::Refusal(absl::StatusCode::kNotFound, "NOT_INITIALISED",
                         absl::StrCat(data_directory, " is nog niet ingericht"))
        .Remedy("draai eerst: poolcirkeld init --config BESTAND");
  }
  RETURN_IF_ERROR(private_feed.status());
  const auto seed_file = ReadSecret(paths.LogKey());
  if (absl::IsNotFound(seed_file.status())) {
    return base::Refusal(absl::StatusCode::kNotFound, "LOG_KEY_MISSING",
                         absl::StrCat("de logsleutel ", paths.LogKey(), " is er niet"))
        .Remedy("zet hem terug, of draai: poolcirkeld new-log-key --config BESTAND");
  }
  ASSIGN_OR_RETURN(const std::string seed, seed_file);
  ASSIGN_OR_RETURN(auto log_key, crypto::PrivateKey::FromSeed(seed));
  Identity identity{.log_key = std::move(log_key),
                    .peer_key_pem = {},
                    .peer_certificate_pem = {},
                    .peer_key_hash = {},
                    .api_key_pem = {},
                    .api_certificate_pem = {},
                    .private_feed = {}};
  ASSIGN_OR_RETURN(identity.private_feed, ParsePrivateFeed(*private_feed));
  ASSIGN_OR_RETURN(identity.peer_key_pem, ReadSecret(paths.PeerKey()));
  ASSIGN_OR_RETURN(identity.peer_certificate_pem,
                   base::ReadFile(paths.PeerCertificate(), kMaximumKeyFileSize));
  ASSIGN_OR_RETURN(const auto certificate, crypto::ParseCertificate(identity.peer_certificate_pem));
  identity.peer_key_hash = certificate.key_hash;
  ASSIGN_OR_RETURN(identity.api_key_pem, ReadSecret(paths.ApiKey()));
  ASSIGN_OR_RETURN(identity.api_certificate_pem,
                   base::ReadFile(paths.ApiCertificate(), kMaximumKeyFileSize));
  if (!crypto::ParseCertificate(identity.api_certificate_pem).ok()) {
    // The port would be said to be taken.
    return base::Refusal(absl::StatusCode::kDataLoss, "CERTIFICATE_DAMAGED",
                         absl::StrCat(paths.ApiCertificate(), " is geen certificaat in PEM"))
        .Remedy("zet het terug uit de reservekopie van de sleutels");
  }
  return identity;
}

absl::Status CheckMember(const Identity& identity, const Config& config) {
  ASSIGN_OR_RETURN(const auto certificate, crypto::ParseCertificate(identity.peer_certificate_pem));
  if (certificate.oin == config.member.oin) return absl::OkStatus();
  return base::Refusal(absl::StatusCode::kFailedPrecondition, "OTHER_MEMBER",
                       absl::StrCat("de datamap ", config.data_directory, " is ingericht voor ",
                                    certificate.organisation, " (OIN ", certificate.oin,
                                    "), maar de configuratie noemt ", config.member.organisation,
                                    " (OIN ", config.member.oin, ")"))
      .Remedy(
          "noem bij data_directory de map van dit lid, of bij member.oin het OIN van die map; "
          "een nieuw lid begint met `poolcirkeld init` in een eigen map");
}

}  // namespace services::node
