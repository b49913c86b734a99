#include "services/membership/kept_circles.h"

#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "eventstore/base/errors.h"
#include "eventstore/base/file.h"
#include "eventstore/crypto/digest.h"
#include "services/access/policy.h"
#include "services/domain/circle/circle.h"

namespace services::membership {
namespace {

namespace base = eventstore::base;
namespace crypto = eventstore::crypto;

using base::MutexLock;
using eventstore::log::CircleId;
using eventstore::log::FeedId;
using eventstore::log::MemberId;
using poolcirkel::event::v1::SignedCharter;

constexpr size_t kMaximumFileBytes = 256 << 20;
constexpr size_t kIdDigits = 64;
constexpr char kCircle[] = "circle";

absl::Status Damaged() {
  return absl::DataLossError("het bestand keys/circles in de gegevensmap is beschadigd");
}

}  // namespace

absl::StatusOr<CirclePtr> CircleOf(const MemberId& self, const std::vector<SignedCharter>& chain) {
  ASSIGN_OR_RETURN(auto charter, domain::circle::VerifyChain(chain));
  auto circle = std::make_shared<Circle>();
  circle->id = domain::circle::CircleIdOf(chain.front().charter());
  circle->self = self;
  circle->chain = chain;
  circle->charter = std::move(charter);
  return CirclePtr(std::move(circle));
}

// One line for each circle: "circle <member id, hex> <SignedCharter, base64> ...".
absl::StatusOr<KeptCircles::Contents> KeptCircles::Decode(const std::string& text) {
  Contents contents;
  const std::vector<std::string> lines = absl::StrSplit(text, '\n', absl::SkipEmpty());
  for (const std::string& line : lines) {
    const std::vector<std::string> words = absl::StrSplit(line, ' ');
    if (words.size() < 3 || words[0] != kCircle) return Damaged();
    const auto self_bytes = base::FromHex(words[1]);
    const auto self = MemberId::FromBytes(self_bytes.value_or(""));
    if (!self.ok()) return Damaged();
    std::vector<SignedCharter> chain;
    for (size_t i = 2; i < words.size(); ++i) {
      const auto bytes = crypto::FromBase64(words[i]);
      if (!bytes.ok() || !chain.emplace_back().ParseFromString(*bytes)) return Damaged();
    }
    const auto circle = CircleOf(*self, chain);
    if (!circle.ok()) return Damaged();
    contents[(*circle)->id] = *circle;
  }
  return contents;
}

std::string KeptCircles::Encode(const Contents& contents) {
  std::string text;
  for (const auto& [id, circle] : contents) {
    absl::StrAppend(&text, kCircle, " ", base::ToHex(circle->self.view()));
    for (const SignedCharter& charter : circle->chain) {
      absl::StrAppend(&text, " ", crypto::ToBase64(charter.SerializeAsString()));
    }
    absl::StrAppend(&text, "\n");
  }
  return text;
}

absl::StatusOr<std::unique_ptr<KeptCircles>> KeptCircles::Open(const std::string& path) {
  std::unique_ptr<KeptCircles> kept(new KeptCircles(path));
  const auto text = base::ReadFile(path, kMaximumFileBytes);
  if (absl::IsNotFound(text.status())) return kept;
  RETURN_IF_ERROR(text.status());
  ASSIGN_OR_RETURN(auto contents, Decode(*text));
  MutexLock lock(kept->mutex_);
  kept->contents_ = std::move(contents);
  return kept;
}

std::vector<CirclePtr> KeptCircles::All() const {
  MutexLock lock(mutex_);
  std::vector<CirclePtr> circles;
  for (const auto& [id, circle] : contents_) circles.push_back(circle);
  return circles;
}

CirclePtr KeptCircles::Find(const CircleId& id) const {
  MutexLock lock(mutex_);
  const auto found = contents_.find(id);
  return found == contents_.end() ? nullptr : found->second;
}

absl::Status KeptCircles::Keep(const CirclePtr& circle) {
  MutexLock lock(mutex_);
  Contents contents = contents_;
  CirclePtr& kept = contents[circle->id];
  if (kept != nullptr && kept->chain.size() >= circle->chain.size()) return absl::OkStatus();
  kept = circle;
  // The disk first, so that memory never knows more.
  RETURN_IF_ERROR(base::WriteFileDurably(path_, Encode(contents), base::FileAccess::kOwnerOnly));
  contents_ = std::move(contents);
  return absl::OkStatus();
}

KnownCircles::KnownCircles(std::unique_ptr<Circles> adopted, const FeedId& private_feed,
                           const eventstore::log::EventLog& log, KeptCircles& kept)
    : adopted_(std::move(adopted)), private_feed_(private_feed), log_(log), kept_(kept) {}

std::vector<CirclePtr> KnownCircles::All() const {
  std::vector<CirclePtr> circles;
  if (adopted_ != nullptr) circles = adopted_->All();
  if (adopted_ != nullptr && !absl::IsDataLoss(log_.OwnHealth())) return circles;
  for (const CirclePtr& kept : kept_.All()) {
    if (kept->Member(kept->self) == nullptr) continue;
    if (adopted_ == nullptr || adopted_->Find(kept->id) == nullptr) circles.push_back(kept);
  }
  return circles;
}

CirclePtr KnownCircles::Find(const CircleId& id) const {
  for (const CirclePtr& circle : All()) {
    if (circle->id == id) return circle;
  }
  return nullptr;
}

absl::StatusOr<CirclePtr> KnownCircles::Resolve(std::string_view name) const {
  for (const CirclePtr& circle : All()) {
    const bool named = circle->charter.short_name() == name ||
                       (name.size() == kIdDigits && base::ToText(circle->id) == name);
    if (named) return circle;
  }
  return access::CircleUnknown();
}

absl::Status KnownCircles::Refresh() {
  if (adopted_ == nullptr) return absl::OkStatus();
  RETURN_IF_ERROR(adopted_->Refresh());
  for (const CirclePtr& circle : adopted_->All()) RETURN_IF_ERROR(kept_.Keep(circle));
  return absl::OkStatus();
}

std::shared_ptr<void> KnownCircles::OnChange(std::function<void()> listener) {
  return adopted_ == nullptr ? nullptr : adopted_->OnChange(std::move(listener));
}

std::vector<CirclePtr> KnownCircles::Heard() const {
  std::map<CircleId, CirclePtr> newest;
  for (const CirclePtr& circle : All()) newest[circle->id] = circle;
  for (const CirclePtr& kept : kept_.All()) {
    if (kept->Member(kept->self) == nullptr) continue;
    CirclePtr& circle = newest[kept->id];
    if (circle == nullptr || circle->chain.size() < kept->chain.size()) circle = kept;
  }
  std::vector<CirclePtr> circles;
  for (auto& [id, circle] : newest) circles.push_back(std::move(circle));
  return circles;
}

}  // namespace services::membership
