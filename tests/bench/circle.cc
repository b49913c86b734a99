#include "tests/bench/circle.h"

#include <filesystem>
#include <fstream>
#include <sstream>
#include <vector>

#include "absl/strings/str_cat.h"
#include "eventstore/base/clock.h"
#include "tests/bench/events.h"
#include "tests/bench/measure.h"

namespace tests::bench {

namespace crypto = eventstore::crypto;
namespace log = eventstore::log;
namespace membership = services::membership;

namespace {

std::string OinOf(int node) { return absl::StrCat("0000000100000000000", node); }

std::string ReadFile(const std::string& path) {
  std::ifstream file(path, std::ios::binary);
  std::stringstream text;
  text << file.rdbuf();
  return text.str();
}

void WriteFile(const std::string& path, const std::string& text) {
  std::ofstream file(path, std::ios::binary);
  file << text;
  if (!file.good()) Fail("cannot write " + path);
}

log::MemberId MemberOf(int node) {
  return *log::MemberId::FromBytes(std::string(log::MemberId::kSize, static_cast<char>(node)));
}

// One circle that never changes.
class OneCircle final : public membership::Circles {
 public:
  explicit OneCircle(membership::CirclePtr circle) : circle_(std::move(circle)) {}

  std::vector<membership::CirclePtr> All() const override { return {circle_}; }
  membership::CirclePtr Find(const log::CircleId& id) const override {
    return id == circle_->id ? circle_ : nullptr;
  }
  absl::StatusOr<membership::CirclePtr> Resolve(std::string_view) const override { return circle_; }
  log::FeedId PrivateFeed() const override { return {}; }
  absl::Status Refresh() override { return absl::OkStatus(); }
  std::shared_ptr<void> OnChange(std::function<void()>) override { return nullptr; }

 private:
  const membership::CirclePtr circle_;
};

}  // namespace

crypto::KeyAndCertificate IdentityOf(const std::string& folder, int node) {
  const std::string key = absl::StrCat(folder, "/node", node, ".key");
  const std::string certificate = absl::StrCat(folder, "/node", node, ".pem");
  if (!std::filesystem::exists(certificate)) {
    std::filesystem::create_directories(folder);
    const absl::Time now = eventstore::base::SystemClock().Now();
    const auto made = Need(crypto::MakeCertificate({.organisation = "Meting",
                                                    .oin = OinOf(node),
                                                    .dns_names = {},
                                                    .ip_addresses = {"127.0.0.1"},
                                                    .not_before = now - absl::Hours(1),
                                                    .not_after = now + absl::Hours(24 * 365)}));
    WriteFile(key, made.private_key_pem);
    WriteFile(certificate, made.certificate_pem);
  }
  return {ReadFile(key), ReadFile(certificate)};
}

crypto::Digest PinOf(const crypto::KeyAndCertificate& identity) {
  return Need(crypto::ParseCertificate(identity.certificate_pem)).key_hash;
}

std::unique_ptr<membership::Circles> CircleOfTwo(const std::string& folder, int self,
                                                 const std::string& address) {
  auto circle = std::make_shared<membership::Circle>();
  circle->id = BenchFeed().circle;
  circle->self = MemberOf(self);
  for (int node : {1, 2}) {
    auto& member = *circle->charter.add_members();
    member.set_member_id(MemberOf(node).bytes());
    member.set_short_name(absl::StrCat("lid-", node));
    member.set_oin(OinOf(node));
    member.set_log_key(BenchKey().public_key().bytes());
    member.set_tls_key_hash(PinOf(IdentityOf(folder, node)).bytes());
    member.set_coordinator(node == 1);
    if (node == 1) member.add_addresses(address);
  }
  return std::make_unique<OneCircle>(std::move(circle));
}

}  // namespace tests::bench
