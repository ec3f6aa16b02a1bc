// SQLite's view of the file system, with a disk that fills up, fails to sync, or fails to write at a chosen
// call. While an object of this class lives, every database that is opened goes through it.
#pragma once

#include <atomic>
#include <cstring>

#include <sqlite3.h>

namespace gantry::kernel {

class FailingVfs {
 public:
  FailingVfs() {
    real_ = sqlite3_vfs_find(nullptr);
    vfs_ = *real_;
    vfs_.zName = "failing";
    vfs_.szOsFile = static_cast<int>(sizeof(File)) + real_->szOsFile;
    vfs_.xOpen = open;
    now_ = this;
    sqlite3_vfs_register(&vfs_, 1);
  }
  ~FailingVfs() {
    sqlite3_vfs_unregister(&vfs_);
    sqlite3_vfs_register(real_, 1);
    now_ = nullptr;
  }
  FailingVfs(const FailingVfs&) = delete;

  std::atomic<bool> full{false};  // every write fails for lack of space
  std::atomic<bool> sync_fails{false};
  std::atomic<int> writes_left{-1};  // then each write fails with an I/O error; below: no limit
  std::atomic<int> calls{0};         // writes and syncs

 private:
  struct File {
    sqlite3_file base;
    sqlite3_file* real() { return reinterpret_cast<sqlite3_file*>(this + 1); }
  };
  static sqlite3_file* real(sqlite3_file* file) { return reinterpret_cast<File*>(file)->real(); }

  static int open(sqlite3_vfs*, const char* name, sqlite3_file* file, int flags, int* out_flags) {
    file->pMethods = nullptr;
    const int code = now_->real_->xOpen(now_->real_, name, real(file), flags, out_flags);
    if (code == SQLITE_OK) file->pMethods = methods();
    return code;
  }
  static int write(sqlite3_file* file, const void* bytes, int size, sqlite3_int64 at) {
    ++now_->calls;
    if (now_->full) return SQLITE_FULL;
    if (now_->writes_left == 0) return SQLITE_IOERR_WRITE;
    if (now_->writes_left > 0) --now_->writes_left;
    return real(file)->pMethods->xWrite(real(file), bytes, size, at);
  }
  static int sync(sqlite3_file* file, int flags) {
    ++now_->calls;
    if (now_->sync_fails || now_->writes_left == 0) return SQLITE_IOERR_FSYNC;
    return real(file)->pMethods->xSync(real(file), flags);
  }

  static const sqlite3_io_methods* methods() {
    static const sqlite3_io_methods kMethods = [] {
      sqlite3_io_methods m{};
      m.iVersion = 2;
      m.xClose = [](sqlite3_file* f) { return real(f)->pMethods->xClose(real(f)); };
      m.xRead = [](sqlite3_file* f, void* to, int size, sqlite3_int64 at) {
        return real(f)->pMethods->xRead(real(f), to, size, at);
      };
      m.xWrite = write;
      m.xTruncate = [](sqlite3_file* f, sqlite3_int64 size) {
        return real(f)->pMethods->xTruncate(real(f), size);
      };
      m.xSync = sync;
      m.xFileSize = [](sqlite3_file* f, sqlite3_int64* size) {
        return real(f)->pMethods->xFileSize(real(f), size);
      };
      m.xLock = [](sqlite3_file* f, int lock) { return real(f)->pMethods->xLock(real(f), lock); };
      m.xUnlock = [](sqlite3_file* f, int lock) { return real(f)->pMethods->xUnlock(real(f), lock); };
      m.xCheckReservedLock = [](sqlite3_file* f, int* held) {
        return real(f)->pMethods->xCheckReservedLock(real(f), held);
      };
      m.xFileControl = [](sqlite3_file* f, int op, void* with) {
        return real(f)->pMethods->xFileControl(real(f), op, with);
      };
      m.xSectorSize = [](sqlite3_file* f) { return real(f)->pMethods->xSectorSize(real(f)); };
      m.xDeviceCharacteristics = [](sqlite3_file* f) {
        return real(f)->pMethods->xDeviceCharacteristics(real(f));
      };
      m.xShmMap = [](sqlite3_file* f, int page, int size, int extend, void volatile** to) {
        return real(f)->pMethods->xShmMap(real(f), page, size, extend, to);
      };
      m.xShmLock = [](sqlite3_file* f, int at, int count, int flags) {
        return real(f)->pMethods->xShmLock(real(f), at, count, flags);
      };
      m.xShmBarrier = [](sqlite3_file* f) { real(f)->pMethods->xShmBarrier(real(f)); };
      m.xShmUnmap = [](sqlite3_file* f, int remove) { return real(f)->pMethods->xShmUnmap(real(f), remove); };
      return m;
    }();
    return &kMethods;
  }

  static inline FailingVfs* now_ = nullptr;
  sqlite3_vfs* real_;
  sqlite3_vfs vfs_{};
};

}  // namespace gantry::kernel
