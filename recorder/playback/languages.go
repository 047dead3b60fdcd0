package playback

import (
	"cmp"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"time"
	"unicode"
)

// language is the texts of the page in one language.  Verbs of fmt stand for what
// changes.
type language struct {
	Tag, Direction string
	Title          string // %s is the group
	Recording      string
	Lasted         string // %s is a duration
	With           string // %s is names
	Film           string
	FilmHint       string
	File, From     string
	Start          string
	Duration, Size string
	Actions        string
	Writing        string
	Play, Download string
	Delete         string
	DeleteFor      string // %s is a name
	DeleteYes      string
	Screen         string
	Details        string // %d is a number
	Others         string
	Nothing        string
	Footer         string
	Date           string // as time.Format has it
	Units          string // of sizes, from bytes on
	Point          string // before tenths
}

// english is used where nothing else is asked for.
var english = language{
	Tag: "en", Direction: "ltr", Title: "Recordings of %s", Recording: "Recording now, or interrupted",
	Lasted: "Duration: %s", With: "With %s", Film: "The whole meeting",
	FilmHint: "Everybody in one film", File: "File", From: "From", Start: "Start",
	Duration: "Duration", Size: "Size", Actions: "Actions", Writing: "being written", Play: "Play",
	Download: "Download", Delete: "Delete", DeleteFor: "Delete %s for good?", DeleteYes: "Yes, delete it",
	Screen: "screen", Details: "Files of this meeting: %d", Others: "Other files", Nothing: "Nothing has been recorded.",
	Footer: "Galène, free video conferencing", Date: "Monday, 2 January 2006, 15:04",
	Units: "B kB MB GB TB", Point: ".",
}

// months are names of months for dates that spell them out, but for English.
var months = map[string]string{
	"ar": "يناير فبراير مارس أبريل مايو يونيو يوليو أغسطس سبتمبر أكتوبر نوفمبر ديسمبر",
}

// languages are those of the frontend.
var languages = []language{
	english,
	{
		Tag: "ar", Direction: "rtl", Title: "تسجيلات %s", Recording: "يجري التسجيل الآن، أو انقطع",
		Lasted: "المدة: %s", With: "مع %s", Film: "اللقاء كاملًا", FilmHint: "الجميع في فيلم واحد",
		File: "الملف", From: "من", Start: "البداية", Duration: "المدة", Size: "الحجم", Actions: "الإجراءات",
		Writing: "قيد الكتابة", Play: "تشغيل", Download: "تنزيل", Delete: "حذف",
		DeleteFor: "هل تريد حذف %s نهائيًا؟", DeleteYes: "نعم، احذفه", Screen: "الشاشة",
		Details: "ملفات هذا اللقاء: %d", Others: "ملفات أخرى", Nothing: "لم يُسجَّل شيء.",
		Footer: "Galène، مؤتمرات فيديو حرة", Date: "2 January 2006، 15:04",
		Units: "بايت كيلوبايت ميغابايت غيغابايت تيرابايت", Point: ".",
	},
	{
		Tag: "de", Direction: "ltr", Title: "Aufzeichnungen von %s", Recording: "Wird gerade aufgezeichnet oder wurde unterbrochen",
		Lasted: "Dauer: %s", With: "Mit %s", Film: "Das ganze Treffen", FilmHint: "Alle in einem Film",
		File: "Datei", From: "Von", Start: "Beginn", Duration: "Dauer", Size: "Größe", Actions: "Aktionen",
		Writing: "wird geschrieben", Play: "Abspielen", Download: "Herunterladen", Delete: "Löschen",
		DeleteFor: "%s endgültig löschen?", DeleteYes: "Ja, löschen", Screen: "Bildschirm",
		Details: "Dateien dieses Treffens: %d", Others: "Andere Dateien", Nothing: "Es wurde nichts aufgezeichnet.",
		Footer: "Galène, freie Videokonferenzen", Date: "02.01.2006, 15:04",
		Units: "B kB MB GB TB", Point: ",",
	},
	{
		Tag: "es", Direction: "ltr", Title: "Grabaciones de %s", Recording: "Se está grabando o se interrumpió",
		Lasted: "Duración: %s", With: "Con %s", Film: "La reunión entera", FilmHint: "Todos en una película",
		File: "Archivo", From: "De", Start: "Inicio", Duration: "Duración", Size: "Tamaño", Actions: "Acciones",
		Writing: "escribiéndose", Play: "Reproducir", Download: "Descargar", Delete: "Eliminar",
		DeleteFor: "¿Eliminar %s para siempre?", DeleteYes: "Sí, eliminar", Screen: "pantalla",
		Details: "Archivos de esta reunión: %d", Others: "Otros archivos", Nothing: "No se ha grabado nada.",
		Footer: "Galène, videoconferencias libres", Date: "02/01/2006, 15:04",
		Units: "B kB MB GB TB", Point: ",",
	},
	{
		Tag: "fr", Direction: "ltr", Title: "Enregistrements de %s", Recording: "En cours d’enregistrement, ou interrompu",
		Lasted: "Durée : %s", With: "Avec %s", Film: "La réunion entière", FilmHint: "Tout le monde dans un seul film",
		File: "Fichier", From: "De", Start: "Début", Duration: "Durée", Size: "Taille", Actions: "Actions",
		Writing: "en cours d’écriture", Play: "Lire", Download: "Télécharger", Delete: "Supprimer",
		DeleteFor: "Supprimer %s définitivement ?", DeleteYes: "Oui, supprimer", Screen: "écran",
		Details: "Fichiers de cette réunion : %d", Others: "Autres fichiers", Nothing: "Rien n’a été enregistré.",
		Footer: "Galène, visioconférence libre", Date: "02/01/2006, 15:04",
		Units: "o ko Mo Go To", Point: ",",
	},
	{
		Tag: "pl", Direction: "ltr", Title: "Nagrania grupy %s", Recording: "Trwa nagrywanie lub zostało przerwane",
		Lasted: "Czas trwania: %s", With: "Uczestnicy: %s", Film: "Całe spotkanie", FilmHint: "Wszyscy w jednym filmie",
		File: "Plik", From: "Od", Start: "Początek", Duration: "Czas trwania", Size: "Rozmiar", Actions: "Działania",
		Writing: "w trakcie zapisu", Play: "Odtwórz", Download: "Pobierz", Delete: "Usuń",
		DeleteFor: "Usunąć %s na stałe?", DeleteYes: "Tak, usuń", Screen: "ekran",
		Details: "Pliki tego spotkania: %d", Others: "Inne pliki", Nothing: "Niczego nie nagrano.",
		Footer: "Galène, wolne wideokonferencje", Date: "02.01.2006, 15:04",
		Units: "B kB MB GB TB", Point: ",",
	},
	{
		Tag: "pt", Direction: "ltr", Title: "Gravações de %s", Recording: "Gravando agora, ou interrompida",
		Lasted: "Duração: %s", With: "Com %s", Film: "A reunião inteira", FilmHint: "Todos em um só filme",
		File: "Arquivo", From: "De", Start: "Início", Duration: "Duração", Size: "Tamanho", Actions: "Ações",
		Writing: "sendo gravado", Play: "Reproduzir", Download: "Baixar", Delete: "Excluir",
		DeleteFor: "Excluir %s para sempre?", DeleteYes: "Sim, excluir", Screen: "tela",
		Details: "Arquivos desta reunião: %d", Others: "Outros arquivos", Nothing: "Nada foi gravado.",
		Footer: "Galène, videoconferência livre", Date: "02/01/2006, 15:04",
		Units: "B kB MB GB TB", Point: ",",
	},
}

// date writes a moment.
func (t language) date(when time.Time) string {
	text := when.Format(t.Date)
	if names := strings.Fields(months[t.Tag]); len(names) > 0 {
		text = strings.Replace(text, when.Month().String(), names[when.Month()-1], 1)
	}
	return text
}

// size writes a number of bytes.
func (t language) size(n int64) string {
	units := strings.Fields(t.Units)
	v, unit := float64(n), 0
	for v >= 1000 && unit < len(units)-1 {
		v /= 1000
		unit++
	}
	decimals := min(unit, 1)
	return strings.Replace(strconv.FormatFloat(v, 'f', decimals, 64), ".", t.Point, 1) + "\u00a0" + units[unit]
}

// comma returns what stands between the parts of a list.
func (t language) comma() string {
	if t.Tag == "ar" {
		return "، "
	}
	return ", "
}

// name keeps a name that runs the other way from turning the text around it, by the
// marks of Unicode for that.
func (t language) name(s string) string {
	other := func(r rune) bool { return unicode.In(r, unicode.Arabic, unicode.Hebrew) }
	if t.Direction == "rtl" {
		other = func(r rune) bool { return unicode.In(r, unicode.Latin, unicode.Greek, unicode.Cyrillic) }
	}
	if !strings.ContainsFunc(s, other) {
		return s
	}
	return "\u2068" + s + "\u2069"
}

// languageOf returns the language for a request: the one that its parameter lang
// names or, of those that the browser asks for (RFC 9110 12.5.4), the first that
// there is.
func languageOf(r *http.Request) language {
	type wish struct {
		tag    string
		weight float64
	}
	wishes := []wish{{r.URL.Query().Get("lang"), 2}}
	for part := range strings.SplitSeq(r.Header.Get("Accept-Language"), ",") {
		tag, parameter, _ := strings.Cut(part, ";")
		w := wish{strings.TrimSpace(tag), 1}
		if q, ok := strings.CutPrefix(strings.TrimSpace(parameter), "q="); ok {
			w.weight, _ = strconv.ParseFloat(q, 64)
		}
		wishes = append(wishes, w)
	}
	slices.SortStableFunc(wishes, func(a, b wish) int { return cmp.Compare(b.weight, a.weight) })
	for _, w := range wishes {
		primary, _, _ := strings.Cut(strings.ToLower(w.tag), "-")
		for _, l := range languages {
			if l.Tag == primary && w.weight > 0 {
				return l
			}
		}
	}
	return english
}
