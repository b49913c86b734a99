#include "eventstore/log/acknowledger.h"

#include <utility>

#include "eventstore/base/errors.h"
#include "eventstore/log/append_checks.h"

namespace eventstore::log {

Acknowledger::Acknowledger(Options options)
    : own_(*options.own),
      head_file_(std::move(options.head_file)),
      heads_(std::move(options.heads)),
      teller_(std::move(options.announce)),
      thread_([this] { Run(); }) {}

void Acknowledger::Close() {
  {
    base::MutexLock lock(mutex_);
    stopping_ = true;
  }
  changed_.SignalAll();
  if (thread_.joinable()) thread_.join();
  teller_.Close();
}

void Acknowledger::Push(WrittenBatch batch) {
  {
    base::MutexLock lock(mutex_);
    pushed_.push_back(std::move(batch));
  }
  changed_.Signal();
}

void Acknowledger::Run() {
  while (true) {
    {
      base::MutexLock lock(mutex_);
      while (pushed_.empty() && !stopping_) changed_.Wait(mutex_);
      if (pushed_.empty()) return;
    }
    // What went wrong stands in the answers.
    Settle().IgnoreError();
  }
}

absl::Status Acknowledger::Settle() {
  base::MutexLock head_lock(head_mutex_);
  std::vector<WrittenBatch> batches;
  absl::Status status;
  {
    base::MutexLock lock(mutex_);
    batches.swap(pushed_);
    status = failure_;
  }
  if (batches.empty()) return status;
  const WrittenBatch* last = nullptr;
  for (const WrittenBatch& batch : batches) {
    if (!batch.growths.empty()) last = &batch;
  }
  if (last != nullptr && status.ok()) status = WriteHeads(last->heads);
  for (WrittenBatch& batch : batches) {
    Show(batch, status);
    teller_.Tell(std::move(batch.waiting), std::move(batch.found));
  }
  return status;
}

void Acknowledger::Show(WrittenBatch& batch, const absl::Status& status) {
  if (status.ok()) {
    for (Growth& growth : batch.growths) {
      batch.found.push_back(growth.feed().id());
      std::move(growth).Publish();
    }
    return;
  }
  for (WaitingAppend& one : batch.waiting) {
    if (one.depends_on_batch) one.answer = WritingStopped(status);
  }
}

absl::Status Acknowledger::Write(Heads heads) {
  RETURN_IF_ERROR(Settle());
  base::MutexLock head_lock(head_mutex_);
  return WriteHeads(std::move(heads));
}

absl::Status Acknowledger::WriteHeads(Heads heads) {
  const absl::Status written = head_file_->Write(EncodeHeads(heads));
  if (!written.ok()) {
    base::MutexLock lock(mutex_);
    failure_ = own_.Remember(written);
    return written;
  }
  // What a read met while the disk failed is over.
  if (!own_.health().ok()) own_.ForgetTrouble();
  heads_ = std::move(heads);
  return absl::OkStatus();
}

void Acknowledger::Adopt(std::unique_ptr<storage::HeadFile> head_file, Heads heads) {
  base::MutexLock head_lock(head_mutex_);
  head_file_ = std::move(head_file);
  heads_ = std::move(heads);
  base::MutexLock lock(mutex_);
  failure_ = absl::OkStatus();
}

Heads Acknowledger::heads() const {
  base::MutexLock lock(head_mutex_);
  return heads_;
}

absl::Status Acknowledger::failure() const {
  base::MutexLock lock(mutex_);
  return failure_;
}

}  // namespace eventstore::log
