// The reading and the writing half of a session.
#include "remoting/errors.h"
#include "remoting/header_codec.h"
#include "remoting/session.h"

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstring>
#include <exception>
#include <poll.h>

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/ssl/error.hpp>
#include <boost/asio/ssl/host_name_verification.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/asio/write.hpp>
#include <sys/ioctl.h>
#include <sys/socket.h>

namespace gantry::remoting {
namespace {

namespace net = boost::asio;
constexpr auto kAsValue = net::as_tuple(net::use_awaitable);

constexpr char kTlsHandshakeByte = 0x16;
constexpr std::size_t kSmallestPartial = 4096;
constexpr std::size_t kMostMoved = IoThread::kSharedBuffer / 4;  // of a frame, each time more of it comes
constexpr std::size_t kTlsRead = 16 * 1024;                      // one TLS record
constexpr std::size_t kTlsHolds = 64 * 1024;                     // at most, between the socket and us
constexpr std::size_t kTlsWrite = 64 * 1024;                     // gathered before it is encrypted
constexpr std::size_t kPiecesPerWrite = 256;
constexpr std::size_t kQuestionsAtOnce = 8;  // before it is looked at how much their answers are
constexpr auto kShortOfMemoryPause = std::chrono::milliseconds(50);
constexpr auto kUntilWoken = std::chrono::hours(24);

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

// While memory is short, who has no answers to send goes on: if all had to wait, a few hundred peers that
// read nothing would stop everybody. So does who was promised memory for a frame: others wait for its end.
bool Session::must_wait() const {
  if (draining_) return false;  // what is read then is dropped
  const auto& limits = setting_.limits;
  const auto& budget = setting_.budget;
  const auto unsent = filling_.unsent() + in_flight_.unsent();
  return unsent > limits.outbox.bytes() || unanswered_ >= limits.unanswered ||
         (half_.promised == 0 && budget.is_short() &&
          (unsent > MemoryBudget::kLittle || budget.is_used_up()));
}

// Past a little only with memory for the whole of it: parts of frames would wait for each other.
bool Session::frame_may_grow() {
  if (half_.used < MemoryBudget::kLittle || half_.promised != 0 || half_.is_held_back()) return true;
  account();
  const auto will_hold = MemoryBudget::counted(half_.size + filling_.unsent() + in_flight_.unsent());
  if (!setting_.budget.take_for_frame(will_hold - accounted_)) return false;
  accounted_ = will_hold;
  half_.promised = half_.size;
  half_.waits_since.reset();
  return true;
}

// Nobody tells when the budget has room again: that is looked at, and meanwhile whether the peer is still
// there.
Session::Task<void> Session::pause_reading() {
  const auto begun = Clock::now();
  const auto deadline = std::exchange(half_.deadline, std::nullopt);
  const bool is_short = setting_.budget.is_short();
  co_await wait_to_be_woken(is_short ? Clock::duration(kShortOfMemoryPause) : kUntilWoken);
  half_.was_not_read(Clock::now() - begun, deadline);
  if (is_short && !closed_ && has_left()) end("peer closed");
}

// As long as a frame has time to come, at most: who asked has given up by then.
Session::Task<void> Session::wait_for_memory() {
  if (!half_.waits_since) half_.waits_since = Clock::now();
  const MemoryBudget::Waiting waiting(setting_.budget);
  co_await pause_reading();
  if (half_.waits_since && Clock::now() - *half_.waits_since > setting_.limits.frame_time)
    end("no memory for a frame of " + std::to_string(half_.size) + " bytes: all connections together hold " +
            std::to_string(setting_.budget.held()),
        true);
}

// A peer that closed while nobody reads. One that has sent all of its frame before waits for the answer.
bool Session::has_left() {
  pollfd socket{.fd = socket_.native_handle(), .events = POLLRDHUP, .revents = 0};
  if (::poll(&socket, 1, 0) <= 0) return false;
  if ((socket.revents & (POLLERR | POLLHUP)) != 0) return true;
  int unread = 0;
  if (::ioctl(socket.fd, FIONREAD, &unread) != 0) return true;
  const auto may_come = static_cast<std::size_t>(unread) + (tls_ ? kTlsHolds : 0);
  return may_come == 0 ? !half_.is_held_back() : half_.used + may_come < half_.size;
}

Session::Task<void> Session::read_until_end() {
  while (!end_) {
    if (must_wait()) {
      co_await pause_reading();
      continue;
    }
    if (!frame_may_grow()) {
      co_await wait_for_memory();
      continue;
    }
    if (half_.is_held_back()) {
      take_bytes(std::move(half_.bytes), half_.capacity, half_.used);
    } else if (tls_) {
      co_await read_tls();
    } else {
      const auto [error] = co_await socket_.async_wait(Socket::wait_read, kAsValue);
      if (error) end(error.message(), !is_everyday(error));
      if (must_wait()) continue;  // others may have read much meanwhile
      if (!end_) receive();
    }
    flush();
  }
}

// While memory is short: what was promised to a frame, or what may be held beside the budget.
std::size_t Session::most_to_read(std::size_t room) const {
  if (!setting_.budget.is_short()) return room;
  return std::min(room, (half_.promised != 0 ? half_.size : MemoryBudget::kLittle) - half_.used);
}

// The socket has something, or its end. What has come of a frame goes in front of the thread's buffer, or a
// peer with much on its way would be read in pieces of one frame; only large frames grow in their own.
void Session::receive() {
  const bool grows = half_.used > kMostMoved;
  auto buffer = grows ? std::move(half_.bytes) : thread_.shared_buffer();
  const auto capacity = grows ? half_.capacity : IoThread::kSharedBuffer;
  const auto used = half_.used;
  if (!grows && used != 0) std::memcpy(buffer.get(), half_.bytes.get(), used);
  const auto most = most_to_read(capacity - used);
  const auto count = ::recv(socket_.native_handle(), buffer.get() + used, most, 0);
  if (count > 0) return take_bytes(std::move(buffer), capacity, used + static_cast<std::size_t>(count));
  if (grows) half_.bytes = std::move(buffer);
  if (count == 0) return end("peer closed");
  if (errno == EAGAIN || errno == EINTR) return;
  const auto error = last_socket_error();
  end(error.message(), !is_everyday(error));
}

Session::Task<void> Session::read_tls() {
  const bool has_partial = half_.bytes != nullptr;
  const auto capacity = has_partial ? half_.capacity : kTlsRead;
  const auto used = has_partial ? half_.used : 0;
  auto buffer = has_partial ? std::move(half_.bytes) : std::make_shared_for_overwrite<char[]>(capacity);
  const auto [error, count] = co_await tls_->async_read_some(
      net::buffer(buffer.get() + used, most_to_read(capacity - used)), kAsValue);
  if (error) co_return end(error == net::error::eof ? "peer closed" : error.message(), !is_everyday(error));
  take_bytes(std::move(buffer), capacity, used + count);
}

void Session::take_bytes(std::shared_ptr<char[]> buffer, std::size_t capacity, std::size_t used) {
  last_activity_ = Clock::now();
  const auto done = draining_ ? used : hand_out_frames(buffer, used);
  if (done < used && !end_)
    keep_rest(std::move(buffer), capacity, done, used);
  else
    half_ = {};
  account();
}

// Returns how many bytes of the buffer are done with; what is left is less than a frame, or held back.
std::size_t Session::hand_out_frames(const std::shared_ptr<char[]>& buffer, std::size_t used) {
  const std::span<char> bytes(buffer.get(), used);
  auto& burst = thread_.burst;
  half_.size = 0;
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
      half_.size = frame->size;
      break;
    }
    if (questions == kQuestionsAtOnce) {
      hand_out();
      begin();
      half_.promised = 0;  // that frame is among those which are done
      account();
      if (end_) break;
      if (must_wait()) {
        half_.size = frame->size;
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
  if (from != 0) half_.promised = 0;  // its frame is done, this is another
  if (from != 0 || !half_.deadline) half_.begun = last_activity_;
  half_.heard = last_activity_;
  if (half_.size != 0 && rest >= half_.size) {
    half_.deadline.reset();
  } else {
    half_.deadline = half_.begun + setting_.limits.time_for(half_.size, setting_.limits.frame_time);
    thread_.look_at_deadlines_by(*half_.deadline);
  }

  // Grows with what really came: a peer that only announces a large frame costs little.
  const auto wanted = std::max({kSmallestPartial, rest, std::min(half_.size, 2 * rest)});
  const bool is_ours = buffer.use_count() == 1;  // neither the thread's nor kept by a handler
  if (is_ours && capacity >= wanted) {
    std::memmove(buffer.get(), buffer.get() + from, rest);
    half_.bytes = std::move(buffer);
    half_.capacity = capacity;
  } else {
    if (!half_.bytes || half_.capacity < wanted) {
      half_.bytes = std::make_shared_for_overwrite<char[]>(wanted);
      half_.capacity = wanted;
    }
    std::memcpy(half_.bytes.get(), buffer.get() + from, rest);
  }
  half_.used = rest;
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
  leave_when_done();
  account();
}

void Session::begin_write() {
  std::swap(in_flight_, filling_);
  write_deadline_ = Clock::now() + setting_.limits.time_for(in_flight_.unsent(), setting_.limits.write_time);
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
  half_ = {};
  account();
  thread_.remove(*this);
  setting_.ended(*this);  // from here on the server may be gone
}

}  // namespace gantry::remoting
