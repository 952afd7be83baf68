package redact

import (
	"regexp"
	"slices"
	"strings"
	"unicode/utf8"
)

// Placeholder stands where a secret was.
const Placeholder = "{redacted}"

var (
	names = words(`2fa accesstoken aiohttpsession apikey apisecret apisignature appkey applicationkey auth authorization authtoken
		ccnumber certificatepin cipher clientid clientsecret connectionstring connectsid cookie credentials creditcard csrf
		csrftoken cvv databaseurl dburl encryptionkey encryptionkeyid geolocation gpgkey ipaddress jti jwt licensekey
		masterkey mysqlpwd nonce oauth oauthtoken otp passhash passwd password passwordb pemfile pgpkey phpsessid pin
		pincode pkcs8 privatekey publickey pwd recaptchakey refreshtoken routingnumber salt secret secretkey secrettoken
		securityanswer securitycode securityquestion serviceaccountcredentials session sessionid sessionkey setcookie
		signature signaturekey sshkey ssn symfony token transactionid twiliotoken usersession voterid xapikey xauthtoken
		xcsrftoken xforwardedfor xrealip xsrf xsrftoken symfonyuser proxyauthorization remoteaddr
		accesskey bearer cookies pass passphrase pw`)
	parts = []string{"password", "passphrase", "passwd", "secret", "token", "apikey", "accesskey"}
	last  = words("pw pwd passwd bearer")
	whose = words("admin auth db database email ftp http ldap login mail my mysql pg proxy redis root smtp ssh sudo user")
	// Go has no lookahead: "HTTPServer" is told apart by hand in wordsOf.
	runs = regexp.MustCompile(`[A-Z]+|[a-z]+|[0-9]+`)
	drop = strings.NewReplacer("_", "", "-", "", ".", "", " ", "")
)

// maxName is the longest name that is looked at, in characters.
const maxName = 256

func words(text string) map[string]bool {
	set := map[string]bool{}
	for _, word := range strings.Fields(text) {
		set[word] = true
	}
	return set
}

// IsSecret reports whether a name (of a variable, an attribute, a key or an option)
// looks like that of a secret.
func IsSecret(name string) bool {
	if utf8.RuneCountInString(name) > maxName {
		return false
	}
	plain := drop.Replace(strings.TrimSpace(strings.ToLower(name)))
	if names[plain] || slices.ContainsFunc(parts, func(part string) bool { return strings.Contains(plain, part) }) {
		return true
	}
	all := wordsOf(name)
	n := len(all)
	return n > 1 && (last[all[n-1]] || all[n-1] == "pass" && whose[all[n-2]])
}

// wordsOf are the words of a name, in lower case: dbPass and DB_PASS are two each.
func wordsOf(name string) []string {
	var out []string
	for _, at := range runs.FindAllStringIndex(name, -1) {
		word := name[at[0]:at[1]]
		before := len(out) - 1
		small := word[0] >= 'a' && word[0] <= 'z'
		if small && before >= 0 && at[0] > 0 && name[at[0]-1] >= 'A' && name[at[0]-1] <= 'Z' {
			// The capital before begins this word: HTTPServer is http and server.
			head := out[before]
			out[before] = head[:len(head)-1]
			word = head[len(head)-1:] + word
			if out[before] == "" {
				out = out[:before]
			}
		}
		out = append(out, strings.ToLower(word))
	}
	return out
}
