;;; eglot-test.el --- Hints in Emacs, as editors/README.md sets it up  -*- lexical-binding: t; -*-

;; emacs --batch -Q -l INIT -l eglot-test.el -- FILE
;; Prints "ok hints: CODE HINT" for each line of FILE that has one.

(require 'eglot)
(setq eglot-sync-connect 30)

(defun tallyho-test-hints ()
  "Return the lines that have a hint, each with it."
  (let ((found nil))
    (eglot--update-hints-1 (point-min) (point-max))
    (accept-process-output nil 0.2)
    (dolist (overlay (overlays-in (point-min) (1+ (point-max))))
      (when (overlay-get overlay 'eglot--inlay-hint)
        (save-excursion
          (goto-char (overlay-start overlay))
          (push (concat (string-trim (buffer-substring (line-beginning-position) (line-end-position)))
                        (or (overlay-get overlay 'before-string) "")
                        (or (overlay-get overlay 'after-string) ""))
                found))))
    found))

(find-file (car (last command-line-args)))
(python-mode)
(let ((inhibit-message t))
  (apply #'eglot--connect (eglot--guess-contact)))
(let ((deadline (+ (float-time) 240))
      (found nil))
  (while (and (not (setq found (tallyho-test-hints))) (< (float-time) deadline))
    (accept-process-output nil 0.1))
  (dolist (one found)
    (princ (format "ok hints: %s\n" (substring-no-properties one)))))
(kill-emacs 0)
