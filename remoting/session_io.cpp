// The reading and the writing half of a session.
#include "remoting/errors.h"
#include "remoting/header_codec.h"
#include "remoting/session.h"

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstring>
#include <exception>

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/ssl/error.hpp>
#include <boost/asio/ssl/host_name_verification.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/asio/write.hpp>
#include <sys/socket.h>

namespace gantry::remoting {
namespace {

namespace net = boost::asio;
constexpr auto kAsValue = net::as_tuple(net::use_awaitable);

constexpr char kTlsHandshakeByte = 0x16;
constexpr std::size_t kSmallestPartial = 4096;
constexpr std::size_t kMostMoved = IoThread::kSharedBuffer / 4;  // of a frame, each time more of it comes
constexpr std::size_t kTlsRead = 16 * 1024;                      // one TLS record
constexpr std::size_t kTlsWrite = 64 * 1024;                     // gathered before it is encrypted
constexpr std::size_t kPiecesPerWrite = 256;
constexpr std::size_t kQuestionsAtOnce = 8;  // before it is looked at how much their answers are
constexpr auto kShortOfMemoryPause = std::chrono::milliseconds(50);
constexpr auto kUntilWoken = std::chrono::hours(24);

std::chrono::milliseconds time_for(std::chrono::milliseconds base, std::size_t bytes, ByteSize per_second) {
  return base + std::chrono::milliseconds(bytes * 1000 / per_second.bytes());
}

// Peers come and go: these ends are nobody's alarm.
bool is_everyday(const boost::system::error_code& error) {
  return error == net::error::eof || error == net::error::connection_reset ||
         error == net::error::broken_pipe || error == net::error::operation_aborted ||
         error == net::ssl::error::stream_truncated;
}

// Brings more than its answer is. All others may be answered with megabytes, and hundreds fit into one read.
bool is_question(const Command& request) {
  const auto code = static_cast<RequestCode>(request.code);
  return code != RequestCode::send_message && code != RequestCode::send_message_v2 &&
         code != RequestCode::send_batch_message;
}

boost::system::error_code last_socket_error() {
  return {errno, boost::system::system_category()};
}

}  // namespace

// Session coroutines catch what is thrown in them; anything else is a broken invariant and ends the process.
void Session::spawn(Task<void> task) {
  net::co_spawn(thread_.context(), std::move(task), [](const std::exception_ptr& thrown) {
    if (thrown) std::terminate();
  });
}

void Session::serve(const ServerTls& tls) {
  spawn(run(shared_from_this(), choose_tls(tls)));
}

void Session::start_plain() {
  spawn(run(shared_from_this(), std::nullopt));
}

void Session::start_tls_client(TlsContext context, std::string server_name) {
  spawn(run(shared_from_this(),
            handshake(std::move(context), net::ssl::stream_base::client, std::move(server_name))));
}

// The wall at which exceptions stop: whatever a handler lets slip costs this connection, not its thread.
Session::Task<void> Session::run(std::shared_ptr<Session> self, std::optional<Task<void>> secure) {
  try {
    if (secure) co_await std::move(*secure);
    self->is_secured_ = true;
    self->flush();
    if (!self->end_) co_await self->read_until_end();
  } catch (const std::exception& thrown) {
    self->abort(std::string("exception: ") + thrown.what());
  }
  co_await self->finish();
}

Session::Task<void> Session::choose_tls(const ServerTls& tls) {
  const auto [error] = co_await socket_.async_wait(Socket::wait_read, kAsValue);
  char first = 0;
  if (error || ::recv(socket_.native_handle(), &first, 1, MSG_PEEK) != 1) co_return end("peer closed");
  if (first == kTlsHandshakeByte) {
    if (tls.mode() == TlsMode::off) co_return abort("TLS client, but TLS is off here");
    co_await handshake(tls.context(), net::ssl::stream_base::server, {});
  } else if (tls.mode() == TlsMode::enforcing) {
    abort("plain client, but TLS is enforced here");
  }
}

Session::Task<void> Session::handshake(TlsContext context, net::ssl::stream_base::handshake_type side,
                                       std::string server_name) {
  tls_context_ = std::move(context);
  tls_.emplace(socket_, *tls_context_);
  if (!server_name.empty()) {
    SSL_set_tlsext_host_name(tls_->native_handle(), server_name.c_str());
    if (SSL_CTX_get_verify_mode(tls_context_->native_handle()) != SSL_VERIFY_NONE)
      tls_->set_verify_callback(net::ssl::host_name_verification(server_name));
  }
  handshake_deadline_ = Clock::now() + setting_.limits.handshake;
  thread_.look_at_deadlines_by(*handshake_deadline_);
  const auto [error] = co_await tls_->async_handshake(side, kAsValue);
  handshake_deadline_.reset();
  if (error) abort("TLS handshake failed: " + error.message(), !is_everyday(error));
}

Session::Task<void> Session::wait_to_be_woken(Clock::duration at_most) {
  wake_.expires_after(at_most);
  co_await wake_.async_wait(kAsValue);
}

// ---- Reading

// While memory is short, who holds little of it goes on: if all had to wait, a few hundred peers that read
// nothing would stop everybody.
bool Session::must_wait() const {
  const auto& limits = setting_.limits;
  const auto& budget = setting_.budget;
  return filling_.unsent() + in_flight_.unsent() > limits.outbox.bytes() ||
         unanswered_ >= limits.unanswered ||
         (budget.is_short() && (accounted_ > MemoryBudget::kLittle || budget.is_used_up()));
}

Session::Task<void> Session::read_until_end() {
  while (!end_ && !draining_) {
    if (must_wait()) {
      // Nobody tells when the budget has room again: that is looked at.
      co_await wait_to_be_woken(setting_.budget.is_short() ? Clock::duration(kShortOfMemoryPause)
                                                           : kUntilWoken);
      continue;
    }
    if (is_held_back()) {
      take_bytes(std::move(partial_), partial_capacity_, partial_used_);
    } else if (tls_) {
      co_await read_tls();
    } else {
      const auto [error] = co_await socket_.async_wait(Socket::wait_read, kAsValue);
      if (error) end(error.message(), !is_everyday(error));
      if (must_wait()) continue;  // others may have read much meanwhile
      if (!end_ && !draining_) receive();
    }
    flush();
  }
}

// The socket has something, or its end. What has come of a frame goes in front of the thread's buffer, or a
// peer with much on its way would be read in pieces of one frame; only large frames grow in their own.
void Session::receive() {
  const bool grows = partial_used_ > kMostMoved;
  auto buffer = grows ? std::move(partial_) : thread_.shared_buffer();
  const auto capacity = grows ? partial_capacity_ : IoThread::kSharedBuffer;
  const auto used = partial_used_;
  if (!grows && used != 0) std::memcpy(buffer.get(), partial_.get(), used);
  const auto most =
      setting_.budget.is_short() ? std::min(MemoryBudget::kLittle, capacity - used) : capacity - used;
  const auto count = ::recv(socket_.native_handle(), buffer.get() + used, most, 0);
  if (count > 0) return take_bytes(std::move(buffer), capacity, used + static_cast<std::size_t>(count));
  if (grows) partial_ = std::move(buffer);
  if (count == 0) return end("peer closed");
  if (errno == EAGAIN || errno == EINTR) return;
  const auto error = last_socket_error();
  end(error.message(), !is_everyday(error));
}

Session::Task<void> Session::read_tls() {
  const bool has_partial = partial_ != nullptr;
  const auto capacity = has_partial ? partial_capacity_ : kTlsRead;
  const auto used = has_partial ? partial_used_ : 0;
  auto buffer = has_partial ? std::move(partial_) : std::make_shared_for_overwrite<char[]>(capacity);
  const auto [error, count] =
      co_await tls_->async_read_some(net::buffer(buffer.get() + used, capacity - used), kAsValue);
  if (error) co_return end(error == net::error::eof ? "peer closed" : error.message(), !is_everyday(error));
  take_bytes(std::move(buffer), capacity, used + count);
}

void Session::take_bytes(std::shared_ptr<char[]> buffer, std::size_t capacity, std::size_t used) {
  last_activity_ = Clock::now();
  const auto done = hand_out_frames(buffer, used);
  if (done < used && !end_) {
    keep_rest(std::move(buffer), capacity, done, used);
  } else {
    partial_.reset();
    partial_used_ = partial_capacity_ = 0;
    frame_deadline_.reset();
  }
  account();
}

// There are whole frames, and nobody to ask the peer for: they waited for room for their answers.
bool Session::is_held_back() const {
  return partial_frame_ != 0 && partial_used_ >= partial_frame_;
}

// Returns how many bytes of the buffer are done with; what is left is less than a frame, or held back.
std::size_t Session::hand_out_frames(const std::shared_ptr<char[]>& buffer, std::size_t used) {
  const std::span<char> bytes(buffer.get(), used);
  auto& burst = thread_.burst;
  partial_frame_ = 0;
  in_burst_ = true;
  std::size_t done = 0;
  std::size_t questions = 0;
  std::string bad;
  const auto hand_out = [&] {
    if (burst.empty()) return;
    const std::shared_ptr<const void> pin = buffer;
    setting_.sink.on_requests(*this, {burst, pin});
  };
  const auto begin = [&] {
    burst.clear();
    thread_.fields.clear();
    questions = 0;
  };
  begin();
  for (;;) {
    const auto frame = first_frame(bytes.subspan(done), setting_.limits.frame);
    if (!frame) {
      bad = frame.error().text;
      break;
    }
    if (!is_whole(*frame, used - done)) {
      partial_frame_ = frame->size;
      break;
    }
    if (questions == kQuestionsAtOnce) {
      hand_out();
      begin();
      account();
      if (end_) break;
      if (must_wait()) {
        partial_frame_ = frame->size;
        break;
      }
    }
    const auto command = decode_header(frame->header, frame->serialize_type, thread_.fields);
    if (!command) {
      bad = command.error().text();
      break;
    }
    done += frame->size;
    if (command->is_response()) {
      settle(*command, frame->body);
    } else {
      burst.push_back({*command, frame->body});
      if (is_question(*command)) ++questions;
    }
  }
  hand_out();
  in_burst_ = false;
  if (!bad.empty()) end(std::move(bad), true);
  return done;
}

void Session::keep_rest(std::shared_ptr<char[]> buffer, std::size_t capacity, std::size_t from,
                        std::size_t used) {
  const auto rest = used - from;
  if (from != 0 || !frame_deadline_) frame_begun_ = last_activity_;
  if (partial_frame_ != 0 && rest >= partial_frame_) {
    frame_deadline_.reset();
  } else {
    frame_deadline_ = frame_begun_ + time_for(setting_.limits.frame_time, partial_frame_,
                                              setting_.limits.slowest_per_second);
    thread_.look_at_deadlines_by(*frame_deadline_);
  }

  // Grows with what really came: a peer that only announces a large frame costs little.
  const auto wanted = std::max({kSmallestPartial, rest, std::min(partial_frame_, 2 * rest)});
  const bool is_ours = buffer.use_count() == 1;  // neither the thread's nor kept by a handler
  if (is_ours && capacity >= wanted) {
    std::memmove(buffer.get(), buffer.get() + from, rest);
    partial_ = std::move(buffer);
    partial_capacity_ = capacity;
  } else {
    if (!partial_ || partial_capacity_ < wanted) {
      partial_ = std::make_shared_for_overwrite<char[]>(wanted);
      partial_capacity_ = wanted;
    }
    std::memcpy(partial_.get(), buffer.get() + from, rest);
  }
  partial_used_ = rest;
}

// ---- Writing

void Session::flush() {
  flush_is_coming_ = false;
  if (is_secured_ && !writing_ && !closed_ && !filling_.empty()) {
    begin_write();
    if (!tls_) write_now();
    if (in_flight_.empty()) {
      end_write();
    } else {
      writing_ = true;
      spawn(write_rest(shared_from_this()));
    }
  }
  account();
}

void Session::begin_write() {
  std::swap(in_flight_, filling_);
  write_deadline_ = Clock::now() + time_for(setting_.limits.write_time, in_flight_.unsent(),
                                            setting_.limits.slowest_per_second);
}

void Session::end_write() {
  thread_.recycle(std::move(in_flight_));
  in_flight_ = {};
  write_deadline_.reset();
}

void Session::write_now() {
  std::array<iovec, kPiecesPerWrite> pieces;
  while (!in_flight_.empty()) {
    msghdr message{};
    message.msg_iov = pieces.data();
    message.msg_iovlen = in_flight_.gather(pieces);
    const auto count = ::sendmsg(socket_.native_handle(), &message, MSG_NOSIGNAL | MSG_DONTWAIT);
    if (count < 0) {
      if (errno == EINTR) continue;
      if (errno == EAGAIN) return;
      const auto error = last_socket_error();
      return abort(error.message(), !is_everyday(error));
    }
    in_flight_.sent(static_cast<std::size_t>(count));
    last_activity_ = Clock::now();
  }
}

// Started when the socket took only a part; goes on until there is nothing left to write.
Session::Task<void> Session::write_rest(std::shared_ptr<Session> self) {
  Session& me = *self;
  while (!me.closed_) {
    if (me.in_flight_.empty()) {
      me.end_write();
      if (me.filling_.empty()) break;
      me.begin_write();
    }
    if (me.tls_) {
      co_await me.write_some_tls();
    } else {
      me.thread_.look_at_deadlines_by(*me.write_deadline_);
      const auto [error] = co_await me.socket_.async_wait(Socket::wait_write, kAsValue);
      if (error) {
        me.abort(error.message(), !is_everyday(error));
      } else if (!me.closed_) {
        me.write_now();
      }
    }
    me.account();
    me.wake();
  }
  me.writing_ = false;
  me.wake();
}

Session::Task<void> Session::write_some_tls() {
  std::array<iovec, kPiecesPerWrite> pieces;
  std::string plain;
  for (const auto& piece : std::span(pieces).first(in_flight_.gather(pieces))) {
    plain.append(static_cast<const char*>(piece.iov_base), piece.iov_len);
    if (plain.size() >= kTlsWrite) break;
  }
  thread_.look_at_deadlines_by(*write_deadline_);
  const auto [error, count] = co_await net::async_write(*tls_, net::buffer(plain), kAsValue);
  if (error) co_return abort(error.message(), !is_everyday(error));
  in_flight_.sent(count);
  last_activity_ = Clock::now();
}

// ---- The end

Session::Task<void> Session::finish() {
  while (draining_ && !end_ && unanswered_ + set_aside_ != 0) co_await wait_to_be_woken(kUntilWoken);
  end("drained");
  // Who watches presence hears of it now, not when the last answer is written.
  setting_.sink.on_closed(*this);
  fail_pending(make_error_code(RemotingErrc::connection_closed));
  while (!closed_ && !(in_flight_.empty() && filling_.empty())) {
    flush();
    if (!in_flight_.empty()) co_await wait_to_be_woken(kUntilWoken);
  }
  if (!closed_) abort(end_->why);
  while (writing_) co_await wait_to_be_woken(kUntilWoken);  // its coroutine uses our socket
  if (end_->alarming)
    setting_.alarms.warn("connection closed", {{"peer", peer_}, {"reason", end_->why}});
  else
    setting_.log.debug("connection closed", {{"peer", peer_}, {"reason", end_->why}});
  filling_ = {};
  in_flight_ = {};
  partial_.reset();
  partial_capacity_ = 0;
  account();
  thread_.remove(*this);
  setting_.ended(*this);  // from here on the server may be gone
}

}  // namespace gantry::remoting
