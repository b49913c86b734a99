#pragma once

#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "eventstore/log/event_log.h"

namespace tests::simulation {

// An event log that hands everything on to another. What watches a log, or gets it
// wrong, overrides a part of it.
class ForwardingLog : public eventstore::log::EventLog {
 public:
  using FeedId = eventstore::log::FeedId;
  using Sequence = eventstore::log::Sequence;
  using Direction = eventstore::log::Direction;
  using Digest = eventstore::crypto::Digest;

  explicit ForwardingLog(std::unique_ptr<EventLog> inner) : inner_(std::move(inner)) {}

  absl::Status CreateFeed(const FeedId& feed, bool locked = false) override {
    return inner_->CreateFeed(feed, locked);
  }
  absl::Status UnlockFeed(const FeedId& feed) override { return inner_->UnlockFeed(feed); }
  bool IsLocked(const FeedId& feed) const override { return inner_->IsLocked(feed); }
  bool IsOwn(const FeedId& feed) const override { return inner_->IsOwn(feed); }
  absl::StatusOr<eventstore::log::AppendResult> Append(
      eventstore::log::AppendRequest request) override {
    return inner_->Append(std::move(request));
  }
  void AppendAsync(eventstore::log::AppendRequest request, AppendCallback done) override {
    inner_->AppendAsync(std::move(request), std::move(done));
  }
  absl::Status StoreVerified(const eventstore::log::CheckedRecords& records,
                             const Digest& root_after, const std::string& note) override {
    return inner_->StoreVerified(records, root_after, note);
  }
  absl::Status StoreCheckpoint(const FeedId& feed, const std::string& note) override {
    return inner_->StoreCheckpoint(feed, note);
  }
  absl::Status StoreCosignature(const FeedId& feed, const eventstore::log::MemberId& witness,
                                const std::string& note) override {
    return inner_->StoreCosignature(feed, witness, note);
  }
  std::vector<FeedId> Feeds() const override { return inner_->Feeds(); }
  uint64_t Size(const FeedId& feed) const override { return inner_->Size(feed); }
  eventstore::log::Cursor Heads() const override { return inner_->Heads(); }
  absl::StatusOr<std::vector<eventstore::log::StoredEvent>> ReadFeed(
      const FeedId& feed, Sequence from, size_t limit,
      Direction direction = Direction::kForwards) const override {
    return inner_->ReadFeed(feed, from, limit, direction);
  }
  absl::StatusOr<std::vector<eventstore::log::StoredEvent>> ReadStream(
      const FeedId& feed, const eventstore::log::StreamId& stream, eventstore::log::Revision from,
      size_t limit, Direction direction = Direction::kForwards) const override {
    return inner_->ReadStream(feed, stream, from, limit, direction);
  }
  eventstore::log::Revision StreamRevision(const FeedId& feed,
                                           const eventstore::log::StreamId& stream) const override {
    return inner_->StreamRevision(feed, stream);
  }
  absl::StatusOr<eventstore::log::AppendResult> FindRequest(
      const eventstore::log::RequestId& request) const override {
    return inner_->FindRequest(request);
  }
  absl::StatusOr<std::string> CheckpointNote(const FeedId& feed) const override {
    return inner_->CheckpointNote(feed);
  }
  std::vector<eventstore::log::Cosigned> Cosignatures(const FeedId& feed) const override {
    return inner_->Cosignatures(feed);
  }
  absl::StatusOr<Digest> RootAt(const FeedId& feed, uint64_t size) const override {
    return inner_->RootAt(feed, size);
  }
  absl::StatusOr<std::vector<Digest>> InclusionProof(const FeedId& feed, Sequence sequence,
                                                     uint64_t size) const override {
    return inner_->InclusionProof(feed, sequence, size);
  }
  absl::StatusOr<std::vector<Digest>> ConsistencyProof(const FeedId& feed, uint64_t from,
                                                       uint64_t to) const override {
    return inner_->ConsistencyProof(feed, from, to);
  }
  absl::StatusOr<poolcirkel::log::v1::Package> MakePackage(const FeedId& feed, Sequence first,
                                                           size_t limit) const override {
    return inner_->MakePackage(feed, first, limit);
  }
  std::unique_ptr<eventstore::log::Subscription> Subscribe(
      const eventstore::log::Cursor& from, const eventstore::log::Filter& filter) override {
    return inner_->Subscribe(from, filter);
  }
  std::shared_ptr<void> OnChange(ChangeListener listener) override {
    return inner_->OnChange(std::move(listener));
  }
  absl::Status OwnHealth() const override { return inner_->OwnHealth(); }
  absl::Status ReplicasHealth() const override { return inner_->ReplicasHealth(); }
  std::vector<std::string> StartReport() const override { return inner_->StartReport(); }
  absl::Status Recover() override { return inner_->Recover(); }
  void ReportDamage(Part part, const absl::Status& damage) override {
    inner_->ReportDamage(part, damage);
  }
  absl::StatusOr<BackupSummary> Backup(const std::string& directory,
                                       const BackupProgress& progress) override {
    return inner_->Backup(directory, progress);
  }

 protected:
  EventLog& inner() const { return *inner_; }

 private:
  const std::unique_ptr<EventLog> inner_;
};

}  // namespace tests::simulation
