// i18n.js: every word that the app shows, in English and in French.

const fr = (navigator.languages || [navigator.language]).find((l) => /^(en|fr)/.test(l))?.startsWith("fr") || false;
export const lang = fr ? "fr" : "en";

const words = {
  home: ["Home", "Accueil"], search: ["Search", "Chercher"], record: ["Record", "Filmer"], drafts: ["Drafts", "Brouillons"],
  me: ["Profile", "Profil"], skip: ["Skip to content", "Aller au contenu"], menu: ["Main", "Principal"], back: ["Back", "Retour"], close: ["Close", "Fermer"],
  cancel: ["Cancel", "Annuler"], policy: ["Privacy policy", "Confidentialité"], retry: ["Try again", "Réessayer"],
  consent_title: ["Your choice, first", "D’abord, votre choix"],
  consent_text: ["Quinze works without audience measurement and without personalised advertising. Would you like to allow them? You can change your mind in your profile at any time.",
    "Quinze marche sans mesure d’audience et sans publicité personnalisée. Voulez-vous les autoriser ? Vous pouvez changer d’avis dans votre profil à tout moment."],
  accept: ["Accept", "Accepter"], refuse: ["Refuse", "Refuser"],
  feed_empty: ["Nothing here yet. Record the first clip!", "Rien encore. Filmez le premier clip !"], feed_end: ["You have seen everything.", "Vous avez tout vu."],
  sound_on: ["Turn sound on", "Mettre le son"], sound_off: ["Turn sound off", "Couper le son"], tap_sound: ["Tap for sound", "Toucher pour le son"],
  play: ["Play", "Lire"], pause: ["Pause", "Pause"], like: ["Like", "J’aime"], comments: ["Comments", "Commentaires"], clip_of: ["Clip by", "Clip de"],
  comment_label: ["Your comment", "Votre commentaire"], send: ["Send", "Envoyer"], no_comments: ["No comments yet.", "Pas encore de commentaire."],
  follow: ["Follow", "Suivre"], followed: ["Following", "Suivi"], delete_clip: ["Delete clip", "Supprimer le clip"], clip_deleted: ["Clip deleted.", "Clip supprimé."],
  delete_clip_sure: ["Delete this clip for everyone?", "Supprimer ce clip pour tout le monde ?"], delete: ["Delete", "Supprimer"],
  search_label: ["Search clips and people", "Chercher des clips et des gens"], search_hint: ["Dance, bread, a name…", "Danse, pain, un nom…"],
  people: ["People", "Gens"], clips: ["Clips", "Clips"], nothing: ["Nothing found.", "Rien trouvé."], search_go: ["Search", "Chercher"],
  search_idle: ["Fifteen seconds of anything. What are you looking for?", "Quinze secondes de tout. Que cherchez-vous ?"],
  signup: ["Create account", "Créer un compte"], signin: ["Sign in", "Se connecter"], signout: ["Sign out", "Se déconnecter"],
  signup_lead: ["Fifteen seconds are enough to begin.", "Quinze secondes suffisent pour commencer."], signin_lead: ["Good to see you again.", "Content de vous revoir."],
  username: ["User name", "Nom d’utilisateur"], email: ["E-mail", "E-mail"], phone: ["Phone", "Téléphone"], birthdate: ["Date of birth", "Date de naissance"],
  password: ["Password", "Mot de passe"], optional: ["optional", "facultatif"], login: ["User name or e-mail", "Nom d’utilisateur ou e-mail"],
  have_account: ["Already here?", "Déjà inscrit ?"], no_account: ["New here?", "Nouveau ici ?"],
  username_hint: ["3 to 24 letters, digits, dots or _", "3 à 24 lettres sans accent, chiffres, points ou _"], password_hint: ["At least 10 characters", "Au moins 10 caractères"],
  e_username: ["Use 3 to 24 letters, digits, dots or _.", "Utilisez 3 à 24 lettres sans accent, chiffres, points ou _."], e_email: ["This is no e-mail address.", "Ce n’est pas une adresse e-mail."],
  e_password: ["Use at least 10 characters.", "Utilisez au moins 10 caractères."], e_empty: ["Please fill this in.", "Veuillez remplir ce champ."],
  e_phone: ["This is no phone number.", "Ce n’est pas un numéro de téléphone."], e_birthdate: ["This date cannot be right.", "Cette date n’est pas possible."],
  e_taken: ["This one is taken.", "Déjà pris."], e_wrong: ["That does not match an account.", "Cela ne correspond à aucun compte."], e_not_password: ["This is not your password.", "Ce n’est pas votre mot de passe."], e_check: ["Please check the fields marked below.", "Vérifiez les champs signalés ci-dessous."],
  e_offline: ["No connection. Please try again.", "Pas de connexion. Veuillez réessayer."], e_any: ["Something went wrong.", "Une erreur est survenue."], e_gone: ["This is no longer here.", "Ce n’est plus ici."],
  need_account: ["You need an account for this.", "Il faut un compte pour cela."], me_lead: ["Sign in to post, like and follow.", "Connectez-vous pour publier, aimer et suivre."],
  n_clips: ["clips", "clips"], followers: ["followers", "abonnés"], following: ["following", "abonnements"], edit: ["Edit profile", "Modifier le profil"], settings: ["Settings", "Réglages"],
  name: ["Name", "Nom"], bio: ["About you", "Présentation"], save: ["Save", "Enregistrer"], saved: ["Saved.", "Enregistré."],
  your_data: ["Your data", "Vos données"], export: ["Download my data", "Télécharger mes données"], choices: ["Privacy choices", "Choix de confidentialité"],
  account: ["Account", "Compte"], delete_account: ["Delete account", "Supprimer le compte"],
  delete_text: ["Your clips, comments and likes go with it. This cannot be undone. Enter your password to confirm.", "Vos clips, commentaires et mentions partent avec lui. C’est sans retour. Entrez votre mot de passe pour confirmer."],
  account_deleted: ["Account deleted. Farewell!", "Compte supprimé. Au revoir !"], no_clips: ["No clips yet.", "Pas encore de clip."], choice_now: ["Your choice now:", "Votre choix actuel :"], accepted: ["accepted", "accepté"], refused: ["refused", "refusé"],
  camera_wait: ["Starting the camera…", "Démarrage de la caméra…"], camera_denied: ["Quinze may not use the camera. Allow it in your browser’s settings.", "Quinze n’a pas accès à la caméra. Autorisez-la dans les réglages du navigateur."],
  camera_none: ["No camera was found.", "Aucune caméra trouvée."], camera_old: ["This browser cannot record video.", "Ce navigateur ne peut pas filmer."],
  start: ["Start recording", "Commencer à filmer"], stop: ["Stop recording", "Arrêter"], flip: ["Other camera", "Autre caméra"], ready: ["Up to 15 seconds", "Jusqu’à 15 secondes"], seconds_left: ["seconds left", "secondes restantes"],
  next: ["Next", "Suivant"], retake: ["Film again", "Refaire"], preview: ["Your clip", "Votre clip"], compose: ["New clip", "Nouveau clip"],
  caption: ["Caption", "Légende"], caption_hint: ["Say it in a line", "Dites-le en une ligne"], save_draft: ["Save draft", "Garder le brouillon"], post: ["Post", "Publier"], posting: ["Posting…", "Publication…"], discard: ["Discard", "Jeter"],
  posted: ["Posted!", "Publié !"], discarded: ["Thrown away.", "Jeté."], draft_saved: ["Draft saved.", "Brouillon gardé."], on_device: ["Drafts stay on this device until you post them.", "Les brouillons restent sur cet appareil jusqu’à publication."],
  drafts_empty: ["No drafts. What you save before posting waits here.", "Aucun brouillon. Ce que vous gardez avant de publier attend ici."], draft_open: ["Open draft", "Ouvrir le brouillon"], draft_delete: ["Delete draft", "Supprimer le brouillon"],
  draft_deleted: ["Draft deleted.", "Brouillon supprimé."], no_caption: ["No caption", "Sans légende"], draft_failed: ["This device has no room for the draft.", "Pas de place pour le brouillon sur cet appareil."],
  go_home: ["To the clips", "Vers les clips"], signin_comment: ["Sign in to comment", "Se connecter pour commenter"], first_clip: ["Record your first", "Filmer le premier"],
  up: ["Previous clip", "Clip précédent"], down: ["Next clip", "Clip suivant"],
  not_found: ["This page does not exist.", "Cette page n’existe pas."], loading: ["Loading…", "Chargement…"],
};

export function t(key) {
  const pair = words[key];
  return pair ? pair[fr ? 1 : 0] : key;
}

const compact = new Intl.NumberFormat(lang, { notation: "compact", maximumFractionDigits: 1 });
export const count = (n) => compact.format(n || 0);

const steps = [["year", 31536000], ["month", 2592000], ["day", 86400], ["hour", 3600], ["minute", 60]];
const relative = new Intl.RelativeTimeFormat(lang, { numeric: "auto", style: fr ? "short" : "narrow" });
export function ago(time) {
  const seconds = (new Date(time) - Date.now()) / 1000;
  const step = steps.find(([, n]) => Math.abs(seconds) >= n);
  return step ? relative.format(Math.trunc(seconds / step[1]), step[0]) : relative.format(0, "second");
}

// fault is the sentence for an error: the server's own for a code unknown here.
export function fault(err) {
  const known = { offline: "e_offline", taken: "e_taken", exists: "e_taken", wrong: "e_wrong", invalid_login: "e_wrong", bad_login: "e_wrong", "sign-in": "need_account", "not-found": "e_gone", internal: "e_any" };
  if (known[err.code]) return t(known[err.code]);
  if (err.code === "invalid" && words[`e_${err.field}`]) return t(`e_${err.field}`);
  return err.status && err.message && !/^HTTP \d/.test(err.message) ? err.message : t("e_any");
}
