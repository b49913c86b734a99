#pragma once

#include <grpcpp/client_context.h>
#include <grpcpp/support/client_callback.h>

#include <functional>
#include <memory>
#include <utility>

#include "eventstore/base/mutex.h"
#include "services/peer/pump.h"

namespace services::peer {

// A call whose answer is a stream. Messages and the end are handled on the pump's
// thread, one at a time and in order. While one is handled others are read, until
// kBytesAhead of them wait and then no more, so nothing is buffered without bound. Held by
// its owner and by the call under way.
template <typename Response>
class ReadCall final : public grpc::ClientReadReactor<Response>,
                       public std::enable_shared_from_this<ReadCall<Response>> {
 public:
  using OnMessage = std::function<void(Response&)>;
  using OnEnd = std::function<void(const grpc::Status&)>;

  ReadCall(Pump& pump, OnMessage on_message, OnEnd on_end)
      : pump_(pump), on_message_(std::move(on_message)), on_end_(std::move(on_end)) {}

  grpc::ClientContext& context() { return context_; }

  // After the stub was given this reactor.
  void Begin() {
    self_ = this->shared_from_this();
    pump_.Hold();
    // Reads are started outside of reactions, so the call must not end in between.
    this->AddHold();
    ReadNext();
    this->StartCall();
  }

  void Cancel() { context_.TryCancel(); }

 private:
  // What the other side sends while this one stores what it has, in memory.
  static constexpr size_t kBytesAhead = 4 << 20;
  // Of a message with nothing in it, about; many of those are much, too.
  static constexpr size_t kBytesOfAny = 4 << 10;

  void OnReadDone(bool ok) override {
    if (!ok) {
      this->RemoveHold();
      return;
    }
    // Taken away first: from Count on the pump may start the next read.
    std::shared_ptr<Response> message = std::move(reading_);
    const size_t bytes = kBytesOfAny + message->SpaceUsedLong();
    const bool goes_on = Count(bytes);
    pump_.Post([self = this->shared_from_this(), message = std::move(message), bytes]() mutable {
      self->on_message_(*message);
      message = nullptr;
      if (self->CountHandled(bytes)) self->ReadNext();
    });
    if (goes_on) ReadNext();
  }

  void ReadNext() {
    reading_ = std::make_shared<Response>();
    this->StartRead(reading_.get());
  }

  // Whether to read on at once; otherwise CountHandled says when.
  bool Count(size_t bytes) {
    eventstore::base::MutexLock lock(mutex_);
    waiting_bytes_ += bytes;
    paused_ = waiting_bytes_ >= kBytesAhead;
    return !paused_;
  }
  bool CountHandled(size_t bytes) {
    eventstore::base::MutexLock lock(mutex_);
    waiting_bytes_ -= bytes;
    if (!paused_ || waiting_bytes_ >= kBytesAhead) return false;
    paused_ = false;
    return true;
  }

  void OnDone(const grpc::Status& status) override {
    Pump& pump = pump_;
    pump.Post([self = std::move(self_), status] { self->on_end_(status); });
    pump.Release();
  }

  Pump& pump_;
  const OnMessage on_message_;
  const OnEnd on_end_;
  grpc::ClientContext context_;
  std::shared_ptr<Response> reading_;  // of whoever may start the next read
  eventstore::base::Mutex mutex_;
  size_t waiting_bytes_ ABSL_GUARDED_BY(mutex_) = 0;  // read and not handled
  bool paused_ ABSL_GUARDED_BY(mutex_) = false;       // no read is under way
  std::shared_ptr<ReadCall> self_;
};

}  // namespace services::peer
