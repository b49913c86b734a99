#pragma once

#include <grpcpp/client_context.h>
#include <grpcpp/support/client_callback.h>

#include <functional>
#include <memory>
#include <utility>

#include "services/peer/pump.h"

namespace services::peer {

// A call whose answer is a stream. Messages and the end are handled on the pump's
// thread, one at a time. While one is handled the next is read, and no more, so nothing
// is buffered without bound. Held by its owner and by the call under way.
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
    this->StartRead(&response_);
    this->StartCall();
  }

  void Cancel() { context_.TryCancel(); }

 private:
  void OnReadDone(bool ok) override {
    if (!ok) {
      this->RemoveHold();
      return;
    }
    pump_.Post([self = this->shared_from_this()] {
      self->handled_.Swap(&self->response_);
      self->StartRead(&self->response_);
      self->on_message_(self->handled_);
    });
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
  Response response_;
  Response handled_;
  std::shared_ptr<ReadCall> self_;
};

}  // namespace services::peer
