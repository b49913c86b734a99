#include "eventstore/log/heads.h"

#include "eventstore/base/errors.h"
#include "eventstore/storage/head_file.h"
#include "eventstore/storage/keys.h"

namespace eventstore::log {
namespace {

// circle (32) || member (16) || epoch (4) || size (8) || root (32)
constexpr size_t kEpochOffset = CircleId::kSize + MemberId::kSize;
constexpr size_t kSizeOffset = kEpochOffset + 4;
constexpr size_t kRootOffset = kSizeOffset + 8;
constexpr size_t kEntrySize = kRootOffset + crypto::Digest::kSize;
static_assert(kMaximumOwnFeeds * kEntrySize <= storage::HeadFile::kMaximumValueSize);

}  // namespace

std::string EncodeHeads(const Heads& heads) {
  std::string value;
  value.reserve(heads.size() * kEntrySize);
  for (const auto& [feed, head] : heads) {
    value += feed.circle.view();
    value += feed.member.view();
    storage::AppendUint32(value, static_cast<uint32_t>(feed.epoch.value()));
    storage::AppendUint64(value, head.size);
    value += head.root.view();
  }
  return value;
}

absl::StatusOr<Heads> DecodeHeads(std::string_view value) {
  if (value.size() % kEntrySize != 0) {
    return absl::DataLossError("kopbestand: de inhoud is beschadigd");
  }
  Heads heads;
  for (; !value.empty(); value.remove_prefix(kEntrySize)) {
    FeedId feed;
    Head head;
    ASSIGN_OR_RETURN(feed.circle, CircleId::FromBytes(value.substr(0, CircleId::kSize)));
    ASSIGN_OR_RETURN(feed.member,
                     MemberId::FromBytes(value.substr(CircleId::kSize, MemberId::kSize)));
    feed.epoch = Epoch(storage::ReadUint32(value.substr(kEpochOffset)));
    head.size = storage::ReadUint64(value.substr(kSizeOffset));
    ASSIGN_OR_RETURN(head.root,
                     crypto::Digest::FromBytes(value.substr(kRootOffset, crypto::Digest::kSize)));
    heads[feed] = head;
  }
  return heads;
}

}  // namespace eventstore::log
