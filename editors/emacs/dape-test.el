;;; dape-test.el --- The debugger in Emacs, as editors/README.md sets it up  -*- lexical-binding: t; -*-

;; emacs --batch -Q -L DAPE -l INIT -l dape-test.el -- FILE
;; Stops FILE at its third line; prints "ok stopped" and what dape shows of the frame and its variables.

(require 'python)
(require 'dape)

(defun tallyho-test-shown (name)
  "Return what is in dape's buffer NAME."
  (let ((buffer (get-buffer (format "*dape-info %s*" name))))
    (if buffer (with-current-buffer buffer (buffer-substring-no-properties (point-min) (point-max))) "")))

(defun tallyho-test-until (what)
  "Wait until the function WHAT returns something, for four minutes at most."
  (let ((deadline (+ (float-time) 240)))
    (while (and (not (funcall what)) (< (float-time) deadline))
      (accept-process-output nil 0.1))
    (funcall what)))

(find-file (car (last command-line-args)))
(setq dape-cwd-function (lambda () default-directory))
(goto-char (point-min))
(forward-line 2)
(dape-breakpoint-toggle)
(dape (dape--config-eval 'tallyho nil))
(when (tallyho-test-until (lambda () (dape--live-connection 'stopped t)))
  (princ "ok stopped\n"))
(tallyho-test-until (lambda () (string-match-p "total" (tallyho-test-shown "Scope"))))
(princ (concat (tallyho-test-shown "Stack") (tallyho-test-shown "Scope")))
(dape-kill (dape--live-connection 'stopped t))
(tallyho-test-until (lambda () (not (dape--live-connection 'parent t))))
(kill-emacs 0)
