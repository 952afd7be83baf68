;;; lsp-mode-test.el --- Hints in Emacs with lsp-mode, as editors/README.md sets it up  -*- lexical-binding: t; -*-

;; emacs --batch -Q -L LSP-MODE -L … -l INIT -l lsp-mode-test.el -- FILE
;; Prints "ok hints: CODE HINT" for each line of FILE that has one.

(setq native-comp-enable-subr-trampolines nil) ; an Emacs that is unpacked alone cannot compile
(require 'python)
(require 'lsp-mode)
(setq lsp-auto-guess-root t
      lsp-enable-suggest-server-download nil
      lsp-enable-file-watchers nil
      lsp-enabled-clients '(tallyho)
      lsp-session-file (expand-file-name "lsp-session" (getenv "XDG_STATE_HOME")))

(defun tallyho-test-hints ()
  "Return the lines that have a hint, each with it."
  (let ((found nil))
    (when (lsp-feature? "textDocument/inlayHint")
      (lsp-update-inlay-hints (point-min) (point-max)))
    (accept-process-output nil 0.2)
    (dolist (overlay (overlays-in (point-min) (1+ (point-max))))
      (when (overlay-get overlay 'lsp-inlay-hint)
        (save-excursion
          (goto-char (overlay-start overlay))
          (push (concat (string-trim (buffer-substring (line-beginning-position) (line-end-position)))
                        (or (overlay-get overlay 'before-string) "")
                        (or (overlay-get overlay 'after-string) ""))
                found))))
    found))

(find-file (car (last command-line-args)))
(let ((inhibit-message t))
  (lsp))
(let ((deadline (+ (float-time) 240))
      (found nil))
  (while (and (not (setq found (tallyho-test-hints))) (< (float-time) deadline))
    (accept-process-output nil 0.1))
  (dolist (one found)
    (princ (format "ok hints: %s\n" (substring-no-properties one)))))
(kill-emacs 0)
